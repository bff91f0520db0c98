// Sends single requests and checks that the responses are the expected ones.
import { Agent, request } from 'node:http'

/**
 * @typedef {object} Target a request to a server, and the expected response
 * @property {string} name
 * @property {import('./servers.js').Server} server
 * @property {string} path
 * @property {string} [method] GET
 * @property {Record<string, string>} [headers]
 * @property {Record<string, string>[]} [variants] more headers; each variant is sent in turn
 * @property {string} [body]
 * @property {{ status: number, length?: number }} expect `length`: bytes of the body; without it, any length is
 *   accepted and a load checks only the status of its responses
 * @property {number} [connections] the connections of a load, if not those of the options
 */

/** A response is not the expected one, so the figures would mean nothing. */
export class UnexpectedResponse extends Error {}

const MAX_VARIANTS_CHECKED = 5

/**
 * @param {Target} target
 * @param {Record<string, string>} [more] more headers
 * @param {Agent | false} [agent]
 * @returns {Promise<{ status: number, headers: object, body: Buffer, wire: number }>} `wire`: bytes, with headers
 */
export function get({ server, path, method = 'GET', headers = {}, body }, more = {}, agent = false) {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, agent, headers: { ...headers, ...more } },
      (response) => {
        const chunks = []
        const { socket } = response
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const [body, wire] = [Buffer.concat(chunks), socket.bytesRead]
          resolve({ status: response.statusCode, headers: response.headers, body, wire })
        })
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** Throws a `UnexpectedResponse` if the status or the length is not the expected one. */
export function checkResponse({ name, path, expect }, { status, body }) {
  if (status !== expect.status)
    throw new UnexpectedResponse(
      `${name} ${path}: ${status} came, not ${expect.status}: ${body.subarray(0, 200)}`,
    )
  if (expect.length !== undefined && body.length !== expect.length)
    throw new UnexpectedResponse(`${name} ${path}: ${body.length} bytes came, not ${expect.length}`)
}

/**
 * Sends a few requests on keep-alive connections and checks each response.
 *
 * @param {Target} target
 */
export async function check(target) {
  const variants = (target.variants ?? [{}, {}]).slice(0, MAX_VARIANTS_CHECKED)
  for (const more of variants) {
    const agent = new Agent({ keepAlive: true })
    checkResponse(target, await get(target, more, agent))
    agent.destroy()
  }
}
