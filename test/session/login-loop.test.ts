import { mock } from 'node:test'
import t from 'tap'
import { loginLoopDetector } from '../../lib/session/login-loop.ts'

t.test('a browser that does not keep the cookie is noticed at its second login', async (t) => {
  // The library reads a clock once a millisecond; its timer is ours to move too.
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let clock = 1_000_000
  const at = (milliseconds: number) => {
    clock = 1_000_000 + milliseconds
    mock.timers.tick(5)
  }
  const fresh = () => loginLoopDetector(() => clock)

  const circle = fresh()
  circle.markUsed('nobody')
  t.equal(circle.detect('john', '10.0.0.1', 's1'), false, 'the first login')
  t.equal(circle.detect('jane', '10.0.0.1', 's2'), false, 'another user')
  t.equal(circle.detect('john', '10.0.0.2', 's3'), false, 'another address')
  at(9_999)
  t.equal(circle.detect('john', '10.0.0.1', 's4'), true, 'within ten seconds, the first never used')

  const kept = fresh()
  kept.detect('john', '10.0.0.1', 's1')
  kept.markUsed('s1')
  t.equal(kept.detect('john', '10.0.0.1', 's2'), false, 'the first session was used')
  kept.markUsed('s1')
  kept.markUsed('unknown')
  t.equal(kept.detect('john', '10.0.0.1', 's3'), true, 'the second was not, though the first was again')

  const two = fresh()
  two.detect('john', '10.0.0.1', 's1')
  two.detect('john', '10.0.0.1', 's2')
  two.markUsed('s1')
  t.equal(two.detect('john', '10.0.0.1', 's3'), true, 'an older session does not speak for the latest')

  at(20_000)
  const slow = fresh()
  slow.detect('john', '10.0.0.1', 's1')
  at(30_001)
  t.equal(slow.detect('john', '10.0.0.1', 's2'), false, 'after ten seconds')
  t.equal(loginLoopDetector().detect('john', '10.0.0.1', 's1'), false, 'with the clock of the process')
})
