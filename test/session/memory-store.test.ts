import t from 'tap'
import { memoryStore } from '../../lib/session/store/memory-store.ts'
import { ISSUER, NOW, sessionOf } from './fixtures.ts'

t.test('the memory store keeps sessions by id and by user, and forgets what is over', async (t) => {
  let clock = NOW
  const store = memoryStore(() => clock)
  const idsOf = async (issuer: string, subject: string) =>
    (await store.list(issuer, subject)).map(({ id }) => id)
  t.equal(store.get('a'), undefined)
  t.strictSame(await store.list(ISSUER, 'johndoe'), [])
  t.equal(store.delete('a'), undefined)

  const a = sessionOf('a')
  await store.set(a, 1)
  await store.set(sessionOf('b'), 1)
  await store.set(sessionOf('c', { subject: 'jane' }), 1)
  await store.set(sessionOf('d', { issuer: 'https://idp' }), 1)
  t.equal(store.get('a'), a)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['a', 'b'])
  t.strictSame(await idsOf(ISSUER, 'jane'), ['c'])
  t.strictSame(await idsOf('https://idp', 'johndoe'), ['d'], 'another issuer is another user')

  await store.set(sessionOf('e', { issuer: 'x', subject: 'y z' }), 1)
  t.strictSame(await idsOf('x', 'y z'), ['e'])
  t.strictSame(await idsOf('x', 'y'), [])

  await store.delete('a')
  await store.delete('a')
  t.equal(store.get('a'), undefined)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['b'])
  await store.delete('b')
  t.strictSame(await idsOf(ISSUER, 'johndoe'), [])

  clock += 1000
  t.strictSame(await idsOf(ISSUER, 'jane'), [], 'over')
  t.equal((await store.get('c'))?.id, 'c', 'and still there')
  await store.set(sessionOf('f', { expiresAt: clock + 1 }), 1)
  for (const id of ['c', 'd', 'e']) t.equal(store.get(id), undefined, `${id} is swept by the next login`)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['f'])
  await store.set(sessionOf('g', { expiresAt: clock + 1 }), 1)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['f', 'g'], 'what is good is not swept')
  const own = memoryStore()
  await own.set(sessionOf('x', { expiresAt: Date.now() - 1 }), 1)
  t.strictSame(await own.list(ISSUER, 'johndoe'), [], 'by the clock of the process')
})

t.test('the memory store lists the sessions of a user oldest first, whichever of them ends', async (t) => {
  for (const gone of [
    [],
    ['a'],
    ['b'],
    ['c'],
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'b'],
    ['a', 'c'],
    ['c', 'b', 'a'],
  ]) {
    const store = memoryStore(() => NOW)
    const ids = async () => (await store.list(ISSUER, 'johndoe')).map(({ id }) => id)
    for (const id of ['a', 'b', 'c']) await store.set(sessionOf(id), 1)
    for (const id of gone) await store.delete(id)
    const left = ['a', 'b', 'c'].filter((id) => !gone.includes(id))
    t.strictSame(await ids(), left, `without ${gone}`)
    await store.set(sessionOf('d'), 1)
    t.strictSame(await ids(), [...left, 'd'], 'and the next one')
    await store.set(sessionOf('d', { subject: 'jane' }), 1)
    t.strictSame(await ids(), left, 'one id is one session')
  }
})

t.test('the memory store forgets in portions, however many sessions end at once', async (t) => {
  let clock = NOW
  const store = memoryStore(() => clock)
  const ids = Array.from({ length: 12_000 }, (_, index) => `s${index}`)
  for (const id of ids) await store.set(sessionOf(id, { subject: id }), 1)
  const left = () => ids.filter((id) => store.get(id) !== undefined).length
  const logIn = (id: string) => store.set(sessionOf(id, { expiresAt: clock + 1_000_000 }), 1000)
  clock += 1000
  t.equal(left(), 12_000)
  await logIn('x')
  t.equal(left(), 7000)
  await logIn('y')
  t.equal(left(), 7000, 'a portion a second')
  for (const [index, expected] of [2000, 0, 0].entries()) {
    clock += 1000
    await logIn(`z${index}`)
    t.equal(left(), expected)
  }
  t.equal((await store.list(ISSUER, 'johndoe')).length, 5, 'and none that is good')
})
