// Starts clients in processes of their own. See client-process.js for what they do.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { UnexpectedResponse } from './responses.js'

const CLIENT_PROCESS = fileURLToPath(new URL('./client-process.js', import.meta.url))

/**
 * @typedef {object} Latencies milliseconds
 * @property {number} requests
 * @property {number} perSecond
 * @property {number} p50
 * @property {number} p99
 * @property {number} max
 */

async function runClient(kind, { target, ...task }) {
  const child = fork(CLIENT_PROCESS)
  const answered = once(child, 'message')
  const { server, ...rest } = target
  child.send({ kind, target: { ...rest, server: { port: server.port } }, ...task })
  const [{ result, error }] = await answered
  if (error !== undefined) throw new UnexpectedResponse(error)
  return result
}

/**
 * Sends requests to a target at a steady rate and checks each response.
 *
 * @param {import('./responses.js').Target} target
 * @param {{ seconds: number, perSecond: number }} options
 * @returns {Promise<Latencies>}
 */
export const pace = (target, options) => runClient('pace', { target, ...options })

/**
 * Keeps a number of requests in flight, each from its own address if the system allows it, and checks each response.
 *
 * @param {import('./responses.js').Target} target
 * @param {{ seconds: number, inFlight: number }} options
 * @returns {Promise<Latencies>}
 */
export const keepInFlight = (target, options) => runClient('keepInFlight', { target, ...options })
