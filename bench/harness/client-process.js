// A client in a process of its own, for what no load generator does: a steady pace, or many logins in flight.
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkAnswer, get } from './answers.js'
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
  checkAnswer(target, await get(target, variant, agent))
  latencies.push(performance.now() - since)
}

/** A request every so often, whether the ones before are answered or not: one that waits is counted with its wait. */
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

/** As many requests as there are to be in flight, each from an address of its own, for some seconds. */
async function keepInFlight({ target, seconds, inFlight }) {
  const latencies = []
  const begin = performance.now()
  async function repeat(index) {
    // The whole of 127.0.0.0/8 is this machine on Linux; elsewhere it is one address.
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
