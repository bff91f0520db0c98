import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The built command. */
export const COMMAND = join(process.cwd(), 'dist/bin/docs-gate.js')

// Without what tap sets for its own processes. tap would add its coverage again, and the source maps of the built files
// lead to the sources: lines would count as covered that only the built files have run.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !/TAP/.test(name))
  return { ...Object.fromEntries(entries), _TAPJS_PROCESSINFO_COVERAGE_: '0' }
}

/** Starts a program, with more environment variables if they are given. */
export function start(
  command: string,
  argv: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  return spawn(command, [...argv], { cwd, env: { ...cleanEnvironment(), ...environment }, stdio: 'pipe' })
}

export interface Result {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Collects the output of a process until it ends. */
export async function finished(child: ChildProcess): Promise<Result> {
  const [output, errors]: [string[], string[]] = [[], []]
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.push(text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: output.join(''), errors: errors.join('') }
}

/** Runs `docs-gate` until it ends. */
export async function docsGateCommand(argv: readonly string[], stdin = ''): Promise<Result> {
  const child = start(process.execPath, [COMMAND, ...argv], process.cwd())
  const result = finished(child)
  child.stdin?.end(stdin)
  return result
}

export interface Serving {
  readonly origin: string
  readonly user: string
  readonly password: string
  /** Everything that was printed so far. */
  readonly printed: () => string
  /** Stops the command as Ctrl+C does, and resolves to its exit code. */
  stop(): Promise<number | null>
}

/**
 * Starts `fastify-docs-gate serve` on a free port, and reads URL, user and password from its output. `shell` is a shell
 * command that runs first, in the same process.
 */
export async function serving(
  t: { teardown(run: () => unknown): unknown },
  argv: readonly string[],
  shell = ':',
): Promise<Serving> {
  const command = [process.execPath, COMMAND, 'serve', ...argv, '--port', '0']
  const child = start('sh', ['-c', `${shell}; exec "$0" "$@"`, ...command], process.cwd())
  t.teardown(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let printed = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (/Stop with/.test(printed)) resolve()
    })
    child.once('close', () => reject(new Error(`fastify-docs-gate serve ended: ${printed}`)))
  })
  await ready
  const find = (pattern: RegExp): string => pattern.exec(printed)?.[1] ?? ''
  return {
    origin: find(/URL +(http:\S+?)\/docs/),
    user: find(/User +(\S+)/),
    password: find(/Password +(\S+)/),
    printed: () => printed,
    async stop() {
      child.kill('SIGINT')
      return ((await closed) as [number | null])[0]
    },
  }
}
