import t from 'tap'
import { probeService } from '../../lib/probe/probe.ts'
import { CLOSED, exchangeOf, LEAKING, SERVICE } from '../probe-services.ts'

t.test(
  'services that expose their documentation as frameworks and guards leave it are found open',
  async (t) => {
    for (const [name, answer] of Object.entries(LEAKING)) {
      const { exchange, requestCount } = exchangeOf(answer)
      const { findings } = await probeService(SERVICE, exchange)
      t.ok(findings.length > 0, name)
      t.ok(requestCount() <= 2000, `${name}: ${requestCount()} requests`)
    }
  },
)

t.test('nothing is found in services that expose nothing', async (t) => {
  for (const [name, answer] of Object.entries(CLOSED)) {
    const { exchange, requestCount } = exchangeOf(answer)
    const { findings, unanswered, hasStopped, paths } = await probeService(SERVICE, exchange)
    t.strictSame(findings, [], name)
    t.match({ unanswered, hasStopped }, { unanswered: 0, hasStopped: false }, name)
    t.ok(paths > 500, `${name}: ${paths} places`)
    t.ok(requestCount() <= 2000, `${name}: ${requestCount()} requests`)
  }
})
