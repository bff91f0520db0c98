import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { SessionStore } from '../../lib/session/store/session-store.ts'
import { fileDirectory } from '../../lib/users/file-directory.ts'
import { watchFile } from '../../lib/users/file-watch.ts'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { HASHES, logIn, testApp } from '../helper.ts'

const JOHN = `johndoe:${HASHES.secret}\n`
const JANE = `jane:${HASHES.secret2}\n`

interface LogLine {
  readonly level: number
  readonly file?: string
  readonly reason?: string
  readonly username?: string
  readonly msg: string
}

interface Watched {
  readonly app: FastifyInstance
  readonly file: string
  readonly errors: () => LogLine[]
  readonly lines: () => string
  /** Whether these credentials log in. */
  readonly logsIn: (username: string, password: string) => Promise<boolean>
}

/** An app over a file of users, whose looks at the file have begun. */
async function watched(
  t: { testdirName: string; teardown(run: () => unknown): unknown },
  name: string,
  content: string,
  gate: Partial<DocsGateOptions> = {},
): Promise<Watched> {
  mkdirSync(t.testdirName, { recursive: true })
  const file = join(mkdtempSync(join(t.testdirName, 'users-')), name)
  writeFileSync(file, content)
  let lines = ''
  const stream = {
    write(line: string) {
      lines += line
    },
  }
  const app = await testApp(t, {
    server: { logger: { level: 'error', stream } },
    gate: { users: file, docs: false, ...gate, login: { throttle: false, ...gate.login } },
  })
  const errors = () =>
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLine)
  const logsIn = async (username: string, password: string) =>
    (await logIn(app, username, password)).token !== undefined
  return { app, file, errors, lines: () => lines, logsIn }
}

const INTERVAL_MILLISECONDS = 250
// What the README promises, as the number of looks that fit into it.
const LOOKS_OF_A_SECOND = 3

// Who watches a file waits here for the next look: nobody looks before a test says so.
const waiting = new Set<{ run(): void }>()
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis
globalThis.setTimeout = ((...timed: Parameters<typeof setTimeout>) => {
  const [run, milliseconds] = timed
  if (milliseconds !== INTERVAL_MILLISECONDS) return startTimer(...timed)
  const timer = { run, unref: () => timer }
  waiting.add(timer)
  return timer
}) as typeof setTimeout
globalThis.clearTimeout = ((timer: never) => {
  if (!waiting.delete(timer)) stopTimer(timer)
}) as typeof clearTimeout

function beginLook(): void {
  const due = [...waiting]
  waiting.clear()
  for (const { run } of due) run()
}

/** Lets those who watch look so many times, each to its end. */
async function look(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    const watchers = waiting.size
    beginLook()
    while (waiting.size < watchers) await sleep(1)
  }
}

/** How many looks it takes until something is so. */
async function looksUntil(isSo: () => boolean | Promise<boolean>): Promise<number> {
  for (let looks = 0; ; looks++) {
    if (await isSo()) return looks
    if (looks === 100) throw new Error(`still not so after a hundred looks: ${isSo}`)
    await look()
  }
}

/** The clock of a file system may be so coarse that what is written at once looks alike. */
const anotherInstant = (): Promise<void> => sleep(20)

const statusOf = async (app: FastifyInstance, bearer: string): Promise<number> =>
  (await app.inject({ url: '/users/me', headers: { authorization: bearer } })).statusCode

t.test(
  'a change takes effect within a second, in place or by rename, in an htpasswd file and in JSON',
  async (t) => {
    const ways: [string, (file: string, text: string) => void][] = [
      ['in place', (file, text) => writeFileSync(file, text)],
      [
        'by rename',
        (file, text) => {
          writeFileSync(`${file}.new`, text)
          renameSync(`${file}.new`, file)
        },
      ],
      [
        'by a symbolic link that is switched',
        (file, text) => {
          const folder = `${file}.${Math.random()}`
          mkdirSync(folder)
          writeFileSync(join(folder, 'users'), text)
          symlinkSync(join(folder, 'users'), `${file}.link`)
          renameSync(`${file}.link`, file)
        },
      ],
    ]
    const kinds: [string, string, string, string][] = [
      ['.htpasswd', JOHN, JOHN + JANE, JANE],
      [
        'users.json',
        JSON.stringify({ johndoe: HASHES.secret }),
        JSON.stringify({ johndoe: HASHES.secret, jane: { password: HASHES.secret2, scopes: ['read'] } }),
        JSON.stringify({ jane: { password: HASHES.secret2 } }),
      ],
    ]
    t.testdir({})
    const run = async (
      [name, first, second, third]: (typeof kinds)[number],
      [way, change]: (typeof ways)[number],
    ) => {
      const { app, file, errors, logsIn } = await watched(t, name, first)
      const changed = async (text: string, isSo: () => Promise<boolean>, what: string) => {
        await anotherInstant()
        change(file, text)
        const looks = await looksUntil(isSo)
        t.ok(looks > 0 && looks <= LOOKS_OF_A_SECOND, `${name}, ${way}: ${what}, in ${looks} looks`)
      }
      for (const round of [1, 2]) {
        t.notOk(await logsIn('jane', 'secret2'))
        await changed(second, () => logsIn('jane', 'secret2'), `a new user in round ${round}`)
        const { bearer } = await logIn(app, 'johndoe', 'secret')
        t.equal(await statusOf(app, bearer), 200)
        const isOut = async () => (await statusOf(app, bearer)) === 401
        await changed(third, isOut, `a user is out in round ${round}`)
        t.notOk(await logsIn('johndoe', 'secret'))
        await changed(first, () => logsIn('johndoe', 'secret'), `a user is in again in round ${round}`)
        t.equal(await statusOf(app, bearer), 401, 'let in again, without the old session')
      }
      t.strictSame(errors(), [])
    }
    for (const kind of kinds) for (const way of ways) await run(kind, way)
  },
)

t.test(
  'disabled, removed or given another password, and then as before: old sessions stay dead',
  async (t) => {
    const all = {
      johndoe: { password: HASHES.secret, scopes: ['admin'] },
      jane: { password: HASHES.secret2 },
    }
    const { johndoe, jane } = all
    const { app, file } = await watched(t, 'users.json', JSON.stringify(all))
    const write = async (users: object) => {
      await anotherInstant()
      writeFileSync(file, JSON.stringify(users))
    }
    const hers = await logIn(app, 'jane', 'secret2')
    for (const [name, without] of Object.entries({
      disabled: { jane, johndoe: { ...johndoe, disabled: true } },
      removed: { jane },
      'of another password': { jane, johndoe: { ...johndoe, password: HASHES.wonderland } },
    })) {
      const { token, bearer } = await logIn(app)
      const session = async () => (await app.docsGate.sessionsOf('johndoe')).length
      t.equal(await session(), 1, name)
      await write(without)
      // The store is asked and no token is shown: whoever is out has no session, used or not.
      await looksUntil(async () => (await session()) === 0)
      await write(all)
      await looksUntil(async () => (await logIn(app)).token !== undefined)
      t.equal(await statusOf(app, bearer), 401, `${name}, then as before`)
      t.not((await logIn(app)).token, token)
      await app.docsGate.endSessionsOf('johndoe')
    }
    t.equal(await statusOf(app, hers.bearer), 200, 'the sessions of others stand')

    const { bearer } = await logIn(app)
    const admin = async () =>
      (await app.inject({ url: '/admin', headers: { authorization: bearer } })).statusCode
    t.equal(await admin(), 200)
    await write({ jane, johndoe: { ...johndoe, scopes: [] } })
    await looksUntil(async () => (await admin()) === 403)
    t.equal(await statusOf(app, bearer), 200, 'a scope taken away is no reason to log in again')
  },
)

t.test(
  'a file that is bad, gone or half-written changes nothing, is logged once, and recovers by itself',
  async (t) => {
    const both = JOHN + JANE
    const json = JSON.stringify({ johndoe: HASHES.secret, jane: HASHES.secret2 }, null, 2)
    const MARK = 'MARK-of-a-password'
    const asFolder = (file: string) => {
      rmSync(file)
      mkdirSync(file)
    }
    const table: [string, string, string, (file: string) => void, RegExp][] = [
      [
        'plain text',
        '.htpasswd',
        both,
        (file) => writeFileSync(file, `${JANE}johndoe:${MARK}\n`),
        /, line 2: .*plain text/,
      ],
      ['empty', '.htpasswd', both, (file) => writeFileSync(file, ''), /no users in it/],
      ['comments alone', '.htpasswd', both, (file) => writeFileSync(file, `# ${MARK}\n`), /no users in it/],
      [
        'cut in a line',
        '.htpasswd',
        both,
        (file) => writeFileSync(file, both.slice(0, -1)),
        /no line end.*half-written/,
      ],
      ['not UTF-8', '.htpasswd', both, (file) => writeFileSync(file, Buffer.from([0xff, 0x0a])), /not UTF-8/],
      ['gone', '.htpasswd', both, (file) => rmSync(file), /no such file.*\(ENOENT\)/],
      ['a folder', '.htpasswd', both, asFolder, /is a folder.*\(EISDIR\)/],
      ['cut', 'users.json', json, (file) => writeFileSync(file, json.slice(0, 60)), /not JSON/],
      ['empty', 'users.json', json, (file) => writeFileSync(file, ''), /not JSON/],
      ['without users', 'users.json', json, (file) => writeFileSync(file, '{}\n'), /no users in it/],
      [
        'plain text',
        'users.json',
        json,
        (file) => writeFileSync(file, `{"johndoe":\n"${MARK}"}`),
        /, line 1: users\.johndoe/,
      ],
    ]
    t.testdir({})
    const run = async ([name, fileName, content, spoil, reason]: (typeof table)[number]) => {
      const title = `${fileName}, ${name}`
      const { app, file, errors, lines, logsIn } = await watched(t, fileName, content)
      const { bearer } = await logIn(app)
      await look(4)
      await anotherInstant()
      spoil(file)
      await looksUntil(() => errors().length > 0)
      await look(4)
      t.equal(errors().length, 1, `${title}: one error, however often it is looked at`)
      t.match(
        errors(),
        [{ level: 50, file, reason, msg: /the users that were read before stay in force/ }],
        title,
      )
      t.notMatch(lines(), /MARK|\$argon2id\$v=/)
      t.equal(await statusOf(app, bearer), 200, `${title}: sessions stand`)
      t.ok((await logsIn('johndoe', 'secret')) && (await logsIn('jane', 'secret2')), `${title}: users log in`)
      t.notOk(await logsIn('johndoe', MARK))

      await anotherInstant()
      rmSync(file, { recursive: true, force: true })
      writeFileSync(file, fileName === '.htpasswd' ? JANE : `{"jane":"${HASHES.secret2}"}`)
      await looksUntil(async () => (await statusOf(app, bearer)) === 401)
      t.ok(await logsIn('jane', 'secret2'), `${title}: recovered`)
      t.equal(errors().length, 1)
      await anotherInstant()
      spoil(file)
      await looksUntil(() => errors().length === 2)
      t.match(errors()[1]?.reason, reason, `${title}: and told again when it goes bad again`)
    }
    for (const each of table) await run(each)
  },
)

t.test('a file that is written slowly is taken when it stands still, and never in half', async (t) => {
  const { file, errors, logsIn } = await watched(t, '.htpasswd', JOHN)
  await look(4)
  const names = Array.from({ length: 8 }, (_, index) => `user${index}`)
  for (const count of names.keys()) {
    writeFileSync(
      file,
      names
        .slice(0, count + 1)
        .map((name) => `${name}:${HASHES.secret2}\n`)
        .join(''),
    )
    await look()
    t.ok(await logsIn('johndoe', 'secret'), `while ${count + 1} lines stand there`)
    await anotherInstant()
  }
  await looksUntil(() => logsIn('user7', 'secret2'))
  t.notOk(await logsIn('johndoe', 'secret'))
  t.strictSame(errors(), [])
})

t.test('what changes while it is read is read again before it is taken', async (t) => {
  const file = join(t.testdir({ users: 'first' }), 'users')
  const { readFile } = fsPromises
  const reads: string[] = []
  const reading = mock.method(fsPromises, 'readFile', async (path: string) => {
    const bytes = await readFile(path)
    reads.push(String(bytes))
    if (reads.length === 1) writeFileSync(file, 'second')
    return bytes
  })
  syncBuiltinESMExports()
  t.teardown(() => {
    reading.mock.restore()
    syncBuiltinESMExports()
  })
  const taken: string[] = []
  const close = watchFile(file, {
    take: (bytes) => taken.push(String(bytes)),
    failed: (error) => t.fail(String(error)),
  })
  t.teardown(close)
  await looksUntil(() => taken.length > 0)
  t.strictSame(reads, ['first', 'second'])
  t.strictSame(taken, ['second'])
})

t.test('a file without a last line end may stay without', async (t) => {
  const { file, errors, logsIn } = await watched(t, '.htpasswd', JOHN.trim())
  writeFileSync(file, JANE.trim())
  await looksUntil(() => logsIn('jane', 'secret2'))
  t.strictSame(errors(), [])
})

t.test('sessions that cannot be ended are told in the log', async (t) => {
  const store: SessionStore = {
    get: () => null,
    set: () => undefined,
    delete: () => undefined,
    list: () => [],
  }
  const { file, errors } = await watched(t, '.htpasswd', JOHN + JANE, { session: { store } })
  store.list = () => {
    throw new Error('the store is down')
  }
  writeFileSync(file, JANE)
  const told = () => errors().filter(({ username }) => username !== undefined)
  await looksUntil(() => told().length > 0)
  t.match(told(), [
    {
      level: 50,
      username: 'johndoe',
      err: { code: 'DOCS_GATE_STORE_UNAVAILABLE' },
      msg: /could not be ended/,
    },
  ])
})

t.test('a missing or bad file is refused at start, with the file and the remedy', async (t) => {
  const folder = t.testdir({ plain: 'johndoe:secret\n', 'list.json': '[]' })
  const table: [unknown, RegExp][] = [
    [
      join(folder, 'nope'),
      /^users: ".*\/nope": there is no such file; create it with: npx fastify-docs-gate users add NAME/,
    ],
    [join(folder, 'plain'), /^users: ".*\/plain", line 1: this is a password in plain text/],
    [join(folder, 'list.json'), /^users: ".*\/list\.json": this JSON is not an object/],
    [folder, /^users: ".*": this is a folder/],
    ['', /^users: write the path of an htpasswd or \.json file, a record/],
  ]
  for (const [users, message] of table) {
    const register = testApp(t, { gate: { users: users as string, docs: false } })
    await t.rejects(register, { code: 'DOCS_GATE_OPTIONS', name: 'OptionsError', message })
  }
})

t.test('an app that is closed looks no more', async (t) => {
  const { app, file, errors } = await watched(t, '.htpasswd', JOHN)
  t.equal(waiting.size, 1)
  await app.close()
  t.equal(waiting.size, 0)
  rmSync(file)
  t.strictSame(errors(), [])
})

t.test('a watch that is closed in the middle of a look takes nothing, tells nothing and ends', async (t) => {
  const path = join(t.testdir({ users: 'text' }), 'users')
  const { readFile } = fsPromises
  const told: string[] = []
  let read = async (): Promise<unknown> => undefined
  const reading = mock.method(fsPromises, 'readFile', () => read())
  syncBuiltinESMExports()
  t.teardown(() => {
    mock.restoreAll()
    syncBuiltinESMExports()
  })
  const endings: [string, () => Promise<unknown>][] = [
    ['the content has come', () => readFile(path)],
    ['the content cannot be read', () => Promise.reject(Object.assign(new Error('read'), { code: 'EIO' }))],
  ]
  for (const [name, end] of endings) {
    const close = watchFile(path, { take: () => told.push('taken'), failed: () => told.push('failed') })
    const reads = reading.mock.callCount()
    read = () => {
      close()
      return end()
    }
    await look()
    beginLook()
    while (reading.mock.callCount() === reads) await sleep(1)
    await sleep(100)
    t.equal(waiting.size, 0, `${name}: no more looks`)
    t.strictSame(told, [], name)
  }
})

t.test('the path is from the current folder, and stays when that changes', async (t) => {
  const folder = t.testdir({ here: { '.htpasswd': JOHN }, there: {} })
  const cwd = process.cwd()
  t.teardown(() => process.chdir(cwd))
  process.chdir(join(folder, 'here'))
  const directory = fileDirectory('.htpasswd', Buffer.alloc(32))
  process.chdir(join(folder, 'there'))
  directory.close?.()
  const out: string[] = []
  directory.start?.({
    error: (_, message) => t.fail(message),
    out: (names) => out.push(...names),
    failed: () => t.fail('a file is not asked'),
    answered: () => t.fail('a file is not asked'),
  })
  writeFileSync(join(folder, 'here', '.htpasswd'), JANE)
  await looksUntil(() => out.length > 0)
  t.strictSame(out, ['johndoe'])
  directory.close?.()
})
