// A Redis for one row, without persistence.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { freePort } from './servers.js'
import { skippedLine } from './statistics.js'

/**
 * @typedef {object} Redis
 * @property {string} url
 * @property {import('redis').RedisClientType} client
 * @property {(section: string, field: string) => Promise<number>} info reads one number of a section of INFO
 */

/**
 * Starts redis-server. Rejects if that is not possible.
 *
 * @returns {Promise<Redis>}
 */
async function startRedis(context) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-gate-bench-'))
  context.onClose(() => rmSync(folder, { recursive: true }))
  const port = await freePort()
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  await context.startProgram({ name: 'redis-server', command: 'redis-server', args, port })
  const url = `redis://127.0.0.1:${port}`
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  context.onClose(() => client.destroy())
  return {
    url,
    client,
    async info(section, field) {
      const text = await client.info(section)
      return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)[1])
    },
  }
}

/**
 * Measures lines with a Redis. If there is none, the only line says why.
 *
 * @param {string} what
 * @param {(redis: Redis) => Promise<object[]>} run
 */
export async function withRedis(context, what, run) {
  let redis
  try {
    redis = await startRedis(context)
  } catch (error) {
    return [skippedLine(what, error.message)]
  }
  return run(redis)
}
