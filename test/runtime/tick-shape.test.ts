import { AsyncLocalStorage, executionAsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext, runInThisContext } from 'node:vm'
import t from 'tap'
import { heldTicks, holdTickShape, isTickOf } from '../../lib/runtime/tick-shape.ts'
import { testApp } from '../helper.ts'

setFlagsFromString('--expose-gc')
setFlagsFromString('--allow-natives-syntax')
const collectGarbage = runInNewContext('gc') as () => void
const haveSameHiddenClass = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (
  a: object,
  b: object,
) => boolean

const nextTick = () =>
  new Promise<object>((resolve) => process.nextTick(() => resolve(executionAsyncResource())))

t.test('ticks look the same after garbage was collected as before', async (t) => {
  t.equal(heldTicks.length, 0, 'importing the gate does nothing')
  await new AsyncLocalStorage().run({ large: true }, () => testApp(t))
  const [held] = heldTicks as [object]
  for (let i = 0; i < 4; i++) collectGarbage()
  t.ok(haveSameHiddenClass(held, await nextTick()))
  t.notOk(haveSameHiddenClass(held, { ...held, more: true }))
  const values = Reflect.ownKeys(held).map((key) => (held as Record<PropertyKey, unknown>)[key])
  t.ok(
    values.every((value) => value === undefined || typeof value === 'number'),
    'of what the tick was for nothing is held',
  )

  await testApp(t)
  t.equal(heldTicks.length, 1, 'one tick does for all gates')
})

t.test('what other runtimes have in the place of a tick is left alone', (t) => {
  const callback = () => {}
  t.ok(isTickOf({ callback, args: undefined }, callback))
  for (const resource of [process.stdin, {}, { callback: () => {} }, Object.create({ callback })])
    t.notOk(isTickOf(resource, callback))
  t.end()
})

t.test('a process whose resource is no tick holds none', async (t) => {
  const kept = heldTicks.splice(0)
  const { nextTick } = process
  process.nextTick = ((run: () => void) => nextTick(() => run())) as typeof nextTick
  holdTickShape()
  process.nextTick = nextTick
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(heldTicks, [])
  heldTicks.push(...kept)
})
