// A client in a process of its own, for loads that no generator offers: a steady rate, or many logins in flight.
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkResponse, get } from './responses.js'
import { percentile } from './statistics.js'

const PACED_CONNECTIONS = 16

function summary(latencies, seconds) {
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: Math.max(...latencies),
  }
}

async function timed(target, variant, agent, latencies, since = performance.now()) {
  checkResponse(target, await get(target, variant, agent))
  latencies.push(performance.now() - since)
}

/**
 * Sends requests at a steady rate, whether or not earlier ones are answered. The latency of a request that has to wait
 * for a connection includes the wait.
 */
async function pace({ target, seconds, perSecond }) {
  const agent = new Agent({ keepAlive: true, maxSockets: PACED_CONNECTIONS })
  const latencies = []
  const sent = []
  const begin = performance.now()
  for (let index = 0; index < seconds * perSecond; index++) {
    const due = begin + (index * 1000) / perSecond
    if (due > performance.now()) await sleep(due - performance.now())
    sent.push(timed(target, {}, agent, latencies))
  }
  await Promise.all(sent)
  agent.destroy()
  return summary(latencies, seconds)
}

/** Keeps a number of requests in flight for some seconds, each from its own address. */
async function keepInFlight({ target, seconds, inFlight }) {
  const latencies = []
  const begin = performance.now()
  async function repeat(index) {
    // On Linux all of 127.0.0.0/8 is loopback; on other systems only 127.0.0.1 is.
    const localAddress = process.platform === 'linux' ? `127.0.1.${index + 1}` : '127.0.0.1'
    const agent = new Agent({ keepAlive: true, localAddress })
    const variants = target.variants ?? [{}]
    for (let turn = index; performance.now() - begin < seconds * 1000; turn++)
      await timed(target, variants[turn % variants.length], agent, latencies)
    agent.destroy()
  }
  await Promise.all(Array.from({ length: inFlight }, (_, index) => repeat(index)))
  return summary(latencies, (performance.now() - begin) / 1000)
}

process.once('message', async ({ kind, ...task }) => {
  try {
    process.send({ result: await { pace, keepInFlight }[kind](task) })
  } catch (error) {
    process.send({ error: error.message })
  }
  process.disconnect()
})
