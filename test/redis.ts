import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from 'redis'
import { start } from './command.ts'

type Test = { teardown(run: () => unknown): unknown }

/** Why tests against Redis do not run; false where they do. In CI all tests have to. */
export function withoutRedis(): string | false {
  if (process.env['DOCS_GATE_TESTS'] === 'unit') return 'the unit tests do without Redis'
  if (spawnSync('redis-server', ['--version']).status === 0) return false
  if (process.env['CI'] === 'true') throw new Error('redis-server is missing, and CI needs it')
  return 'redis-server is not installed'
}

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Sends one command over a new connection. */
  command(...command: string[]): Promise<unknown>
  /** Kills the server as `kill -9` does. */
  kill(): Promise<void>
  /** Starts an empty server on the same port. */
  restart(): Promise<void>
  freeze(): void
  thaw(): void
}

/** A free port of loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function launch(port: number, dir: string, more: readonly string[]): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...more]
  const child = start('redis-server', [...options, '--appendonly', 'no', '--daemonize', 'no'], dir)
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (/Ready to accept connections/.test(printed)) resolve()
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`redis-server ended: ${printed}`)))
  })
  return child
}

/** Starts a Redis for this test, on a free port of loopback, without persistence. */
export async function redisServer(t: Test, options: readonly string[] = []): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'docs-gate-redis-'))
  const port = await freePort()
  let child = await launch(port, dir, options)
  const url = `redis://127.0.0.1:${port}`

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }

  t.teardown(async () => {
    await kill()
    await rm(dir, { recursive: true, force: true })
  })
  return {
    port,
    url,
    async command(...command) {
      const client = createClient({ url, socket: { reconnectStrategy: false } })
      client.on('error', () => {})
      await client.connect()
      return client.sendCommand(command).finally(() => client.destroy())
    },
    kill,
    async restart() {
      await kill()
      child = await launch(port, dir, options)
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}

/** A connected client, as an app passes it to `session.store`. */
export async function userClient(t: Test, options: Parameters<typeof createClient>[0]) {
  const client = createClient(options)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.destroy())
  return client
}

export interface Line {
  readonly url: string
  /** Delays all data in both directions by this number of milliseconds. */
  delay: number
  /** Closes all connections. New ones are accepted, or with `refuse` closed at once. */
  cut(options?: { readonly refuse: boolean }): void
}

/** A TCP proxy to Redis, which a test can slow down and cut. */
export async function proxy(t: Test, to: number): Promise<Line> {
  const sockets = new Set<Socket>()
  let refuse = false
  const state = { delay: 0 }

  function forward(from: Socket, target: Socket): void {
    sockets.add(from)
    let last = Promise.resolve()
    from.on('data', (chunk) => {
      const held = state.delay > 0 ? wait(state.delay, undefined, { ref: false }) : undefined
      last = last.then(async () => {
        await held
        if (target.writable) target.write(chunk)
      })
    })
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      target.destroy()
    })
  }

  const server = createServer((socket) => {
    if (refuse) return void socket.destroy()
    const upstream = connect(to, '127.0.0.1')
    forward(socket, upstream)
    forward(upstream, socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const cut = (options = { refuse: false }): void => {
    refuse = options.refuse
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  return Object.assign(state, { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, cut })
}

/** A {@link userClient} with long socket timeouts, so that a busy machine does not close the gate's connection. */
export async function patientClient(t: Test, options: Parameters<typeof createClient>[0]) {
  const client = await userClient(t, options)
  const duplicate = client.duplicate.bind(client)
  client.duplicate = ((options: Parameters<typeof duplicate>[0]) =>
    duplicate({
      ...options,
      socket: { ...options?.socket, connectTimeout: 60_000, socketTimeout: 60_000 },
    })) as never
  return client
}

export interface Deadlines {
  /** Makes new deadlines a hundred times longer, for tests that are not about them. */
  areFar: boolean
  /**
   * The sum of the missed deadlines in milliseconds. Those of pings are not counted, because no request waits for them.
   */
  readonly passed: number
  /** How many commands have had a deadline. */
  readonly commands: number
}

/** The deadline of one command. */
export const COMMAND_DEADLINE_MILLISECONDS = 245
const PING_DEADLINE_MILLISECONDS = 1000
const LONGEST_DEADLINE_MILLISECONDS = 2000
const FAR = 100

/** Watches the deadlines that the gate sets in this process from now on. */
export function deadlines(areFar: boolean): Deadlines {
  const state = { areFar, passed: 0, commands: 0 }
  const { setTimeout: start } = globalThis
  globalThis.setTimeout = ((...timed: Parameters<typeof setTimeout>) => {
    const [run, milliseconds = 0, ...rest] = timed
    if (milliseconds < COMMAND_DEADLINE_MILLISECONDS || milliseconds > LONGEST_DEADLINE_MILLISECONDS)
      return start(...timed)
    if (milliseconds === COMMAND_DEADLINE_MILLISECONDS) state.commands++
    const pass = (...values: never[]): void => {
      if (milliseconds !== PING_DEADLINE_MILLISECONDS) state.passed += milliseconds
      run(...values)
    }
    return start(pass, state.areFar ? milliseconds * FAR : milliseconds, ...rest)
  }) as typeof setTimeout
  return state
}

/** How often the server has received this command. */
export async function calls(redis: RedisServer, command: string): Promise<number> {
  const info = String(await redis.command('INFO', 'commandstats'))
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0)
}
