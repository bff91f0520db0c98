// The process of one load by autocannon. It receives its options over IPC and sends back what it counted.
import autocannon from 'autocannon'

process.once('message', async (options) => {
  const { requests, latency, throughput, duration, errors, statusCodeStats } = await autocannon(options)
  const refused = Object.entries(statusCodeStats).filter(([status]) => Number(status) >= 400)
  process.send({
    requests: requests.total,
    seconds: duration,
    p50: latency.p50,
    p99: latency.p99,
    bytes: throughput.total,
    refused: refused.reduce((sum, [, { count }]) => sum + count, 0),
    failed: errors,
  })
  process.disconnect()
})
