import { accountKey, addressKey } from '../throttle/keys.ts'
import { type CountedFailures, type RedisFailures, redisFailures } from '../throttle/redis-failures.ts'
import { parseUserFile, readUserFile } from '../users/user-file.ts'
import { closestMatch } from './did-you-mean.ts'
import { type Redis, UsageError } from './io.ts'
import { table } from './terminal/table.ts'
import type { StyledText, Terminal } from './terminal/terminal.ts'
import { styled } from './terminal/terminal.ts'

/** The arguments of `fastify-docs-gate throttle`, as they were typed. */
export interface ThrottleArguments {
  /** The action, the name of a user, and unexpected further words. */
  readonly words: readonly string[]
  readonly redis: string | undefined
  readonly keyPrefix: string | undefined
  readonly address: string | undefined
  /** The users file whose names are shown for accounts. */
  readonly file: string | undefined
}

const ACTIONS = ['list', 'clear']
const COMMAND = 'npx fastify-docs-gate throttle'
const WHICH = `Write: ${COMMAND} list, ${COMMAND} clear NAME, or ${COMMAND} clear --address ADDRESS`

const WITHOUT_REDIS =
  '--redis: write the URL of the Redis that the service has, like redis://127.0.0.1:6379, or set DOCS_GATE_REDIS. A service without one counts failed logins in its own memory: call app.docsGate.clearThrottle(name) there, or restart it.'

// The part of an account's key that is shown when its name is unknown: enough to tell accounts apart.
const SHORT_KEY = 8
const SECONDS_PER_MINUTE = 60

// Redis has only hashed keys of accounts, so names come from the users file.
function namesIn(file: string | undefined): ReadonlyMap<string, string> {
  if (file === undefined) return new Map()
  const label = JSON.stringify(file)
  const users = parseUserFile(file, readUserFile(file, label), label)
  return new Map([...users.keys()].map((name) => [accountKey(name), name]))
}

function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < SECONDS_PER_MINUTE ? `${seconds} s` : `${Math.ceil(seconds / SECONDS_PER_MINUTE)} min`
}

const HEADINGS = ['Account', 'Address', 'Failed logins', ''].map((text) => styled('quiet', text))

function rowOf(failures: CountedFailures, names: ReadonlyMap<string, string>): readonly StyledText[] {
  const { account, address, count, limit, lockedMilliseconds } = failures
  const isLocked = lockedMilliseconds > 0
  return [
    account === undefined ? 'any' : (names.get(account) ?? `${account.slice(0, SHORT_KEY)}…`),
    address ?? 'any',
    `${count} of ${limit}`,
    isLocked ? styled('warning', `locked for ${inWords(lockedMilliseconds)}`) : '',
  ]
}

async function list(terminal: Terminal, failures: RedisFailures, file: string | undefined): Promise<void> {
  const names = namesIn(file)
  const counted = [...(await failures.list())].sort((a, b) => b.lockedMilliseconds - a.lockedMilliseconds)
  // Only terminals get headings, as in the list of users.
  const headings = terminal.columns === undefined || counted.length === 0 ? [] : [HEADINGS]
  terminal.out(...table([...headings, ...counted.map((one) => rowOf(one, names))]))
  if (counted.length === 0) terminal.error('No failed logins are counted.\n')
}

async function clearAccount(terminal: Terminal, failures: RedisFailures, name: string): Promise<void> {
  await failures.clearAccount(accountKey(name))
  terminal.out(`The failed logins of ${name} are cleared, from every address.\n`)
}

async function clearAddress(terminal: Terminal, failures: RedisFailures, address: string): Promise<void> {
  const key = addressKey(address)
  if (key === 'unknown')
    throw new UsageError(`--address: ${JSON.stringify(address)} is no IP address; write one like 192.0.2.1`)
  await failures.clearAddress(key)
  terminal.out(`The failed logins from ${key} are cleared. Those of each account stay.\n`)
}

function refuseWords([action, name, ...more]: readonly string[], address: string | undefined): void {
  if (action === undefined || !ACTIONS.includes(action)) {
    const match = action && closestMatch(action, ACTIONS)
    throw new UsageError(
      match ? `Did you mean ${COMMAND} ${match}?` : `What about the failed logins? ${WHICH}`,
    )
  }
  const tooMuch = action === 'list' || address !== undefined ? name : more[0]
  if (tooMuch !== undefined) throw new UsageError(`${JSON.stringify(tooMuch)} is too much. ${WHICH}`)
  if (action === 'list' && address !== undefined)
    throw new UsageError(`--address goes with: ${COMMAND} clear`)
  if (action === 'clear' && name === undefined && address === undefined)
    throw new UsageError(`Whose failed logins? ${WHICH}`)
}

async function withRedis(
  terminal: Terminal,
  url: string,
  work: (redis: Redis) => Promise<void>,
): Promise<void> {
  const redis = await terminal.openRedis(url)
  try {
    await work(redis)
  } finally {
    redis.close()
  }
}

/** `fastify-docs-gate throttle`: lists and clears the failed logins that are counted in Redis. */
export async function throttle(terminal: Terminal, given: ThrottleArguments): Promise<number> {
  const { words, keyPrefix = '', address, file } = given
  refuseWords(words, address)
  const url = given.redis ?? terminal.redisUrl
  if (url === undefined || url === '') throw new UsageError(WITHOUT_REDIS)
  await withRedis(terminal, url, async ({ send }) => {
    const failures = redisFailures(send, `${keyPrefix}docs-gate:`)
    const [action, name = ''] = words
    if (action === 'list') await list(terminal, failures, file)
    else if (address === undefined) await clearAccount(terminal, failures, name)
    else await clearAddress(terminal, failures, address)
  })
  return 0
}
