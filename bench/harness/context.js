// What a row works with: it starts servers and loads, and stops them at the end.
import { Agent } from 'node:http'
import { keepInFlight, pace } from './clients.js'
import { load } from './load.js'
import { check, checkResponse, get } from './responses.js'
import { startProgram, startService, startServiceProcess } from './servers.js'

const WARM_UP_ROUNDS = 1
const ROUNDS_OF_A_START = 2

// The result of a smoke run, which checks the responses and measures nothing.
const SMOKE_SAMPLE = { requests: 1, perSecond: 1, perCpuSecond: 1, p50: 1, p99: 1, max: 1 }

async function wireLength(target) {
  const agent = new Agent({ keepAlive: true })
  const response = await get(target, target.variants?.[0], agent)
  agent.destroy()
  checkResponse(target, response)
  return response.wire
}

/**
 * @typedef {object} Samples one number of each round
 * @property {number[]} perSecond
 * @property {number[]} perCpuSecond NaN if the system does not report CPU time
 * @property {number[]} p50 milliseconds
 * @property {number[]} p99 milliseconds
 */

/** Concatenates the samples of several comparisons. */
function joined(comparisons) {
  const [first] = comparisons
  const join = (key, name) => comparisons.flatMap((samples) => samples[key][name])
  const entries = Object.entries(first).map(([key, samples]) => [
    key,
    Object.fromEntries(Object.keys(samples).map((name) => [name, join(key, name)])),
  ])
  return Object.fromEntries(entries)
}

/** @param {object[]} rounds */
function samplesOf(rounds) {
  const of = (name) => rounds.map((round) => round[name] ?? Number.NaN)
  return { perSecond: of('perSecond'), perCpuSecond: of('perCpuSecond'), p50: of('p50'), p99: of('p99') }
}

/**
 * The context of one row. `close` stops everything that was started through it.
 *
 * @param {import('./options.js').Options} options
 * @param {{ loaded: boolean }} shared by the rows of a smoke run
 */
export function createContext(options, shared = { loaded: false }) {
  const servers = []
  const closers = []
  let sharedProcess
  const processForService = () => {
    if (options.smoke) sharedProcess ??= startServiceProcess()
    return sharedProcess
  }
  const keep = async (starting) => {
    const server = await starting
    servers.push(server)
    return server
  }

  // A smoke run measures nothing, but runs the load generator once for a second, so that its code is tested too.
  async function smoke(targets, connections) {
    for (const target of targets) await check(target)
    if (shared.loaded) return
    shared.loaded = true
    await load(targets[0], { seconds: 1, connections }, await wireLength(targets[0]))
  }

  async function compare(targets, more = {}) {
    const { seconds, rounds, connections } = { ...options, ...more }
    const entries = Object.entries(targets)
    if (options.smoke) {
      await smoke(Object.values(targets), connections)
      return Object.fromEntries(entries.map(([key]) => [key, samplesOf([SMOKE_SAMPLE])]))
    }
    const measured = entries.map(([key, target]) => ({ key, target, wire: 0, counts: [] }))
    for (const one of measured) {
      await check(one.target)
      one.wire = await wireLength(one.target)
    }
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      for (const { target, wire, counts } of measured) {
        const how = { seconds, connections: target.connections ?? connections }
        const counted = await load(target, how, wire)
        if (round >= 0) counts.push(counted)
      }
    }
    return Object.fromEntries(measured.map(({ key, counts }) => [key, samplesOf(counts)]))
  }

  return {
    options,
    /** {@link startService}, stopped after the row. In a smoke run the services of a row share a process. */
    startService: (service, settings) => keep(startService(service, settings, processForService())),
    /** {@link startProgram}, stopped after the row. */
    startProgram: (settings) => keep(startProgram(settings)),
    /** Adds a function to call after the row, before the servers are stopped; the last one is called first. */
    onClose: (closer) => closers.unshift(closer),
    /**
     * Loads targets in turn (A B A B), one round to warm up and then as many as the options say, and checks all
     * responses. A smoke run sends only a few requests to each.
     *
     * @param {Record<string, import('./responses.js').Target>} targets
     * @param {{ seconds?: number, rounds?: number, connections?: number }} [more]
     * @returns {Promise<Record<string, Samples>>}
     */
    compare,
    /**
     * {@link compare} with new servers every two rounds, started by `start`, because which code V8 optimizes, and when,
     * differs from process to process.
     *
     * @param {() => Promise<Record<string, import('./responses.js').Target>>} start
     * @returns {Promise<Record<string, Samples>>}
     */
    async compareAnew(start) {
      const comparisons = []
      for (let round = 0; round < options.rounds; round += ROUNDS_OF_A_START) {
        await Promise.all(servers.splice(0).map((server) => server.stop()))
        comparisons.push(await compare(await start(), { rounds: ROUNDS_OF_A_START }))
      }
      return joined(comparisons)
    },
    /** One load without a comparison, for example in the background. A smoke run only checks the responses. */
    async load(target, more = {}) {
      const { seconds, connections } = { ...options, ...more }
      await check(target)
      if (options.smoke) return SMOKE_SAMPLE
      return load(target, { seconds, connections }, await wireLength(target))
    },
    /** {@link pace}; in a smoke run for 0.2 s. */
    pace: (target, { seconds, perSecond }) =>
      pace(target, { seconds: options.smoke ? 0.2 : seconds, perSecond }),
    /** {@link keepInFlight}; in a smoke run for 0.2 s. */
    keepInFlight: (target, { seconds, inFlight }) =>
      keepInFlight(target, { seconds: options.smoke ? 0.2 : seconds, inFlight }),
    /** Sends one request and returns its response unchecked. */
    get,
    /** Sends a few requests and throws if a response is not the expected one. */
    check,
    async close() {
      for (const closer of closers) await closer()
      await Promise.all([...servers, sharedProcess].map((server) => server?.stop()))
    },
  }
}
