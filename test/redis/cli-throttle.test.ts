import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { openRedis } from '../../lib/cli/open-redis.ts'
import { run } from '../../lib/cli/run.ts'
import { redisLog } from '../../lib/throttle/redis-failure-log.ts'
import { throttle } from '../../lib/throttle/throttle.ts'
import { fakeIo, type Terminal } from '../fake-io.ts'
import { HASHES } from '../helper.ts'
import { deadlines, type RedisServer, redisServer, withoutRedis } from '../redis.ts'

// Of Redis: nothing here is about them.
deadlines(true)

const skip = withoutRedis()
const ADDRESS = '192.0.2.1'

async function command(argv: readonly string[], terminal: Terminal = {}) {
  const io = fakeIo(terminal)
  const code = await run(['throttle', ...argv], io, '1.2.3')
  return { code, output: io.output(), errors: io.errors() }
}

/** The throttle of a service on a Redis. */
function serviceOn(server: RedisServer, keyPrefix = '') {
  const limit = throttle(
    redisLog({ send: (words) => server.command(...words), prefix: `${keyPrefix}docs-gate:` }),
  )
  const tryOnce = (username: string, ip: string, isRight: boolean) =>
    limit(username, ip, async () => (isRight ? 'account' : null)).then(
      (account) => (account === null ? 'failed' : 'in'),
      () => 'locked out',
    )
  return {
    logIn: (username: string, ip: string) => tryOnce(username, ip, true),
    async fail(username: string, ip: string, times: number) {
      for (let i = 0; i < times; i++) await tryOnce(username, ip, false)
    },
  }
}

t.test('list shows locked accounts and for how long, with names from a users file', { skip }, async (t) => {
  const server = await redisServer(t)
  const redis = ['--redis', server.url]
  const { fail } = serviceOn(server)
  const folder = t.testdir({ '.htpasswd': `JohnDoe:${HASHES.secret}\n` })
  t.strictSame(await command(['list', ...redis]), {
    code: 0,
    output: '',
    errors: 'No failed logins are counted.\n',
  })
  await fail('johndoe', ADDRESS, 5)
  await fail('jane', '2001:db8::1', 2)
  const named = await command(['list', ...redis, '--users', join(folder, '.htpasswd')], { columns: 80 })
  t.equal(named.code, 0, named.errors)
  const lines = named.output.split('\n')
  t.match(lines[0], /^Account +Address +Failed logins$/)
  t.match(lines[1], /^JohnDoe +192\.0\.2\.1 +5 of 5 +locked for 5 min$/, 'what is locked comes first')
  const rest = lines.slice(2).map((line) => line.replace(/^[\w-]{8}…/, 'KEY').replace(/ +/g, ' '))
  t.strictSame(rest.sort(), [
    '',
    'JohnDoe any 5 of 100',
    'KEY 2001:db8:0:0::/64 2 of 5',
    'KEY any 2 of 100',
    'any 192.0.2.1 5 of 50',
    'any 2001:db8:0:0::/64 2 of 50',
  ])
  const piped = await command(['list', ...redis])
  t.notMatch(piped.output, /Account|JohnDoe/)
  t.equal(piped.output.split('\n').length, 7)
  t.equal((await command(['list'], { redisUrl: server.url })).output, piped.output, 'by the environment')
  t.equal((await command(['list', '--redis', server.url], { redisUrl: 'redis://nowhere' })).code, 0)

  // As if they had happened four minutes and ten seconds ago, and one of them long before.
  const [pair] = (await server.command('KEYS', 'docs-gate:throttle:pair:*:192.0.2.1')) as [string]
  const entries = (await server.command('ZRANGE', pair, '0', '-1')) as string[]
  const at = (seconds: number) => String(Date.now() - seconds * 1000)
  for (const entry of entries) await server.command('ZADD', pair, at(250), entry)
  t.match((await command(['list', ...redis])).output, /5 of 5 +locked for (?:50|49) s/)
  await server.command('ZADD', pair, at(301), entries[0] as string)
  t.match((await command(['list', ...redis])).output, /192\.0\.2\.1 +4 of 5\n/, 'what is past is not counted')
})

t.test('clear unlocks an account for all addresses, or an address, and nothing else', { skip }, async (t) => {
  const server = await redisServer(t)
  const redis = ['--redis', server.url]
  for (const keyPrefix of ['', 'app[1]*:']) {
    const { fail, logIn } = serviceOn(server, keyPrefix)
    const clear = (...words: string[]) =>
      command(['clear', ...words, ...redis, ...(keyPrefix === '' ? [] : ['--key-prefix', keyPrefix])])
    for (const ip of [ADDRESS, '2001:db8::1']) await fail('johndoe', ip, 5)
    await fail('jane', ADDRESS, 5)
    t.strictSame(await clear('JohnDoe'), {
      code: 0,
      output: 'The failed logins of JohnDoe are cleared, from every address.\n',
      errors: '',
    })
    t.equal(await logIn('johndoe', ADDRESS), 'in')
    t.equal(await logIn('johndoe', '2001:db8::1'), 'in')
    t.equal(await logIn('jane', ADDRESS), 'locked out')
    t.equal((await clear('nobody')).code, 0, 'what is not there needs no clearing')

    for (let i = 0; i < 50; i++) await fail(`user${i}`, '198.51.100.9', 1)
    t.equal(await logIn('somebody', '198.51.100.9'), 'locked out')
    t.match(await clear('--address', '::ffff:198.51.100.9'), {
      code: 0,
      output: 'The failed logins from 198.51.100.9 are cleared. Those of each account stay.\n',
    })
    t.equal(await logIn('somebody', '198.51.100.9'), 'in')
    t.equal(await logIn('jane', ADDRESS), 'locked out')
    await clear('jane')
  }
})

t.test('errors are sentences without passwords', { skip }, async (t) => {
  const server = await redisServer(t)
  const redis = ['--redis', server.url]
  const closed = await refusingPort(t)
  const hidden = `redis://user:hunter2@127.0.0.1:${closed}`
  const table: [argv: string[], message: RegExp][] = [
    [[], /What about the failed logins\? Write: npx fastify-docs-gate throttle list/],
    [['lst'], /Did you mean npx fastify-docs-gate throttle list\?/],
    [['fly'], /What about the failed logins\?/],
    [['list', 'johndoe', ...redis], /"johndoe" is too much\. Write:/],
    [['list', '--address', ADDRESS, ...redis], /--address goes with: npx fastify-docs-gate throttle clear/],
    [['clear', ...redis], /Whose failed logins\? Write:/],
    [['clear', 'a', 'b', ...redis], /"b" is too much/],
    [['clear', 'a', '--address', ADDRESS, ...redis], /"a" is too much/],
    [['clear', '--address', 'localhost', ...redis], /--address: "localhost" is no IP address/],
    [['list'], /--redis: write the URL of the Redis.*app\.docsGate\.clearThrottle\(name\)/],
    [['list', '--redis', ''], /--redis: write the URL of the Redis/],
    [['list', '--redis', 'hunter2'], /--redis: write a URL, like redis:/],
    [['list', '--redis', 'http://user:hunter2@h'], /--redis: write a URL, like redis:/],
    [['list', '--redis', 'redis:hunter2'], /--redis: write a URL, like redis:/],
    [['list', '--redis', hidden], /The Redis at 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/],
    [['list', ...redis, '--users', 'nope'], /"nope": there is no such file/],
  ]
  for (const [argv, message] of table) {
    const { code, output, errors } = await command(argv)
    t.equal(code, 1, argv.join(' '))
    t.match(errors, message)
    t.notMatch(output + errors, /hunter2/)
    t.equal(errors.split('\n').length, 2, 'one line')
  }
  await server.command('CONFIG', 'SET', 'requirepass', 'hunter2')
  t.match(
    (await command(['list', ...redis])).errors,
    /The Redis at \S+ (?:refused|cannot be reached).*NOAUTH/,
  )
  const url = server.url.replace('//', '//:hunter2@')
  t.match(await command(['list', '--redis', url]), { code: 0, errors: 'No failed logins are counted.\n' })
})

/** A port of loopback where nobody listens any more. */
async function refusingPort(t: Test): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  await new Promise((resolve) => taken.close(resolve))
  t.pass(`nobody listens on ${port}`)
  return port
}

t.test(
  'without the package redis, the error has the remedy; the project’s own installation is preferred',
  { skip },
  async (t) => {
    const server = await redisServer(t)
    const nowhere = '/docs-gate-is-not-here/package.json'
    await t.rejects(openRedis(server.url, [nowhere]), {
      message: 'This needs the package redis, which is not installed here. Write: npm install redis',
    })
    const here = pathToFileURL(join(process.cwd(), 'package.json')).href
    const redis = await openRedis(server.url, [nowhere, here])
    t.equal(await redis.send(['PING']), 'PONG')
    await t.rejects(redis.send(['NONSENSE']), {
      message: /^The Redis at 127\.0\.0\.1:\d+ refused or did not answer: ERR unknown command/,
    })
    redis.close()
  },
)
