import t from 'tap'
import type { RedisClient } from '../../lib/redis/client.ts'
import { openConnection } from '../../lib/redis/connection.ts'
import { redisLog } from '../../lib/throttle/redis-failure-log.ts'

const ATTEMPT = { account: 'a', name: 'n', address: '127.0.0.1' }

t.test('a malformed response of the throttle script makes a login fail with 503', async (t) => {
  const answers: unknown[] = [
    null,
    undefined,
    true,
    7,
    'held',
    {},
    [],
    ['HELD', 0],
    [null, 0],
    ['refused'],
    ['refused', null],
    ['refused', 'soon'],
    ['refused', Number.NaN],
    ['refused', Number.POSITIVE_INFINITY],
  ]
  for (const answer of answers) {
    const log = redisLog({ prefix: '', send: async () => answer })
    const error = { code: 'DOCS_GATE_STORE_UNAVAILABLE', statusCode: 503, cause: { name: 'TypeError' } }
    await t.rejects(async () => log.reserve(ATTEMPT), error, JSON.stringify(answer))
  }
  const reserve = (answer: unknown) => redisLog({ prefix: '', send: async () => answer }).reserve(ATTEMPT)
  t.match(await reserve(['held', 0]), { state: 'held', id: /:n$/ })
  t.strictSame(await reserve(['wait', 0]), { state: 'wait' })
  t.strictSame(await reserve(['refused', 7]), { state: 'refused', retryAfterMilliseconds: 7 })
})

t.test('a Redis that does not respond at startup delays it by no more than the deadline', async (t) => {
  const never = new Promise<never>(() => {})
  const own = { connect: () => never, destroy() {}, sendCommand: () => never, on() {} }
  const client: RedisClient = { isOpen: true, isReady: true, duplicate: () => own, sendCommand: () => never }
  const connection = openConnection(client)
  const since = performance.now()
  await connection.check()
  t.ok(performance.now() - since >= 1400)
  connection.close()
})
