// One request at a time: what a target answers, and whether that is what it should.
import { Agent, request } from 'node:http'

/**
 * @typedef {object} Target what is asked of a server, and what has to come
 * @property {string} name
 * @property {import('./servers.js').Server} server
 * @property {string} path
 * @property {string} [method] GET
 * @property {Record<string, string>} [headers]
 * @property {Record<string, string>[]} [variants] headers besides, of requests that are sent in turn
 * @property {string} [body]
 * @property {{ status: number, length?: number }} expect `length`: bytes of the body; without it any length, and then
 *   only the status is held against the load's answers
 * @property {number} [connections] of a load, where this one takes other than the options say
 */

/** An answer that is not the expected one: the figures would mean nothing. */
export class WrongAnswer extends Error {}

const MAX_VARIANTS_CHECKED = 5

/**
 * @param {Target} target
 * @param {Record<string, string>} [more] headers besides
 * @param {Agent | false} [agent]
 * @returns {Promise<{ status: number, headers: object, body: Buffer, wire: number }>} `wire`: bytes, head included
 */
export function get({ server, path, method = 'GET', headers = {}, body }, more = {}, agent = false) {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, agent, headers: { ...headers, ...more } },
      (answer) => {
        const chunks = []
        const { socket } = answer
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const [body, wire] = [Buffer.concat(chunks), socket.bytesRead]
          resolve({ status: answer.statusCode, headers: answer.headers, body, wire })
        })
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** Throws a `WrongAnswer` where status or length are not what the target expects. */
export function checkAnswer({ name, path, expect }, { status, body }) {
  if (status !== expect.status)
    throw new WrongAnswer(`${name} ${path}: ${status} came, not ${expect.status}: ${body.subarray(0, 200)}`)
  if (expect.length !== undefined && body.length !== expect.length)
    throw new WrongAnswer(`${name} ${path}: ${body.length} bytes came, not ${expect.length}`)
}

/**
 * Asks a few times, on connections that stay open, and checks each answer.
 *
 * @param {Target} target
 */
export async function check(target) {
  const variants = (target.variants ?? [{}, {}]).slice(0, MAX_VARIANTS_CHECKED)
  for (const more of variants) {
    const agent = new Agent({ keepAlive: true })
    checkAnswer(target, await get(target, more, agent))
    agent.destroy()
  }
}
