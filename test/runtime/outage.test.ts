import t from 'tap'
import { leaveOutOfLog } from '../../lib/http/outcome.ts'
import { outage } from '../../lib/runtime/outage.ts'

function testOutage() {
  const world = { now: 0 }
  const lines: [level: string, details: object, message: string][] = []
  const log = {
    error: (details: object, message: string) => void lines.push(['error', details, message]),
    warn: (details: object, message: string) => void lines.push(['warn', details, message]),
  }
  const current = outage(log, { code: 'CODE', lost: 'lost', back: 'back' }, () => world.now)
  return { world, lines, current }
}

t.test(
  'an outage is logged when it begins and when it ends, with the number of refused requests',
  async (t) => {
    const { world, lines, current } = testOutage()
    current.answered()
    current.refused()
    t.strictSame(lines, [], 'nothing has happened')
    const reason = new Error('down')
    current.failed(reason)
    for (let i = 0; i < 1000; i++) {
      world.now += 60
      current.failed(new Error('still down'))
      current.refused()
    }
    t.strictSame(lines, [['error', { err: reason, code: 'CODE' }, 'lost']])
    current.answered()
    current.answered()
    t.strictSame(lines.slice(1), [['warn', { code: 'CODE', refused: 1000, seconds: 60 }, 'back']])
  },
)

t.test('a dependency that fails every second is logged every ten seconds at most', async (t) => {
  const { world, lines, current } = testOutage()
  for (let i = 0; i < 600; i++) {
    world.now += 100
    current.failed('down')
    current.refused()
    current.answered()
  }
  t.match(lines, [
    ['error', {}, 'lost'],
    ['warn', { refused: 1 }, 'back'],
    ['error', {}, 'lost'],
  ])
  t.equal(lines.length, 3)
  world.now += 10_000
  current.answered()
  t.match(lines[3], ['warn', { refused: 599, seconds: 70 }, 'back'])
  world.now += 10_000
  current.failed('down')
  current.answered()
  t.equal(lines.length, 6, 'and what is new after that at once')
})

t.test('only Fastify’s own line about the error is left out of a reply’s log', async (t) => {
  const lines: unknown[][] = []
  const log = {
    level: 'info',
    error: (...line: unknown[]) => void lines.push(['error', ...line]),
    warn: (...line: unknown[]) => void lines.push(['warn', ...line]),
  }
  const reply = { request: {}, log, code() {}, header() {}, send() {} }
  const [error, other] = [new Error('ours'), new Error('of the host')]
  leaveOutOfLog(reply, error)
  reply.log.error({ err: error, res: reply, req: {} }, 'ours')
  t.strictSame(lines, [])
  reply.log.error({ err: other, res: reply }, 'of the host')
  reply.log.error({ err: error }, 'by the host')
  reply.log.error(undefined as never, 'nothing')
  reply.log.error('a text' as never, 'a text')
  reply.log.warn({}, 'a warning')
  t.equal(lines.length, 5)
  t.equal(reply.log.level, 'info')
})
