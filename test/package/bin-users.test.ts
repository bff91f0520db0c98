import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatOf } from '../../lib/users/user-file.ts'
import { docsGateCommand, type Result, serving } from '../command.ts'
import { basic, HASHES } from '../helper.ts'
import { until } from '../until.ts'

const PASSWORD = 'correct horse battery'

const usersOf = (file: string) => [...formatOf(file).parse(readFileSync(file, 'utf8'), file).values()]

t.test('writers at once lose nothing, and a reader meanwhile sees a whole file', async (t) => {
  const names = Array.from({ length: 6 }, (_, index) => `user${index}`)
  for (const name of ['.htpasswd', 'users.json']) {
    const folder = t.testdir({})
    const file = join(folder, name)
    const add = docsGateCommand(['users', 'add', 'first', '--file', file], PASSWORD)
    t.match(await add, { code: 0, output: `first added to ${file}\n`, errors: '' })
    const reading = setInterval(() => {
      if (!usersOf(file).some(({ account }) => account.username === 'first'))
        t.fail('a file without its user')
    }, 5)
    // As its message says, one that could not get hold of the file in time is to be tried again.
    const write = async (argv: readonly string[], stdin?: string): Promise<Result> => {
      const result = await docsGateCommand(['users', ...argv, '--file', file], stdin)
      return result.errors.includes('is held by another docs-gate') ? write(argv, stdin) : result
    }
    const writers = [
      ...names.map((user) => write(['add', user], `${PASSWORD}\n`)),
      write(['disable', 'first']),
    ]
    for (const result of await Promise.all(writers)) t.match(result, { code: 0, errors: '' })
    clearInterval(reading)
    const found = usersOf(file)
    t.strictSame(found.map(({ account }) => account.username).sort(), ['first', ...names])
    t.strictSame(
      found.filter(({ disabled }) => disabled).map(({ account }) => account.username),
      ['first'],
    )
    t.strictSame(readdirSync(folder), [name], 'no lock and no temporary file')
    t.equal(statSync(file).mode & 0o777, 0o600)
    const list = await docsGateCommand(['users', 'list', '--file', file])
    t.match(list, { code: 0, output: /^first {2}- {2}argon2id {2}disabled$/m })
    t.equal(list.output.split('\n').length, 8)
    t.notMatch(list.output, /\$/)
  }
})

t.test('serve --users lets in the users of the file, follows it, and says when it goes bad', async (t) => {
  const folder = t.testdir({
    'pets.json': '{"openapi":"3.1.0","paths":{}}',
    '.htpasswd': `jane:${HASHES.secret2}\n`,
  })
  const file = join(folder, '.htpasswd')
  const pets = join(folder, 'pets.json')
  const { origin, printed, stop } = await serving(t, [pets, '--users', file])
  const logIn = (username: string, password: string) =>
    fetch(`${origin}/auth/login`, { headers: { authorization: basic(username, password) } })
  const statusOf = async (username: string, password: string) => (await logIn(username, password)).status
  t.match(printed(), `Users  those of ${file}\n`)
  t.notMatch(printed(), /Password/)
  const login = await logIn('jane', 'secret2')
  t.equal(login.status, 200)
  const { access_token } = (await login.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${access_token}` }
  await docsGateCommand(['users', 'add', 'johndoe', '--file', file], PASSWORD)
  await docsGateCommand(['users', 'disable', 'jane', '--file', file])
  // Not by logins: five that fail are all there may be.
  await until(async () => (await fetch(`${origin}/auth/me`, { headers })).status === 401)
  t.equal(await statusOf('jane', 'secret2'), 401)
  t.equal(await statusOf('johndoe', PASSWORD), 200)
  writeFileSync(file, 'johndoe:MARK-of-a-password\n')
  await until(() => printed().includes('stay in force'))
  t.match(printed(), /line 1: this is a password in plain text/)
  t.notMatch(printed(), /MARK/)
  t.equal(await statusOf('johndoe', PASSWORD), 200)
  t.equal(await stop(), 0)

  t.match(await docsGateCommand(['serve', pets, '--users', join(folder, 'nope')]), {
    code: 1,
    output: '',
    errors:
      /^docs-gate: users: ".*nope": there is no such file; create it with: npx fastify-docs-gate users add/,
  })
})
