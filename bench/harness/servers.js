// Starts servers in processes of their own: the Node services of bench/services, and other programs.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const SERVICE_PROCESS = fileURLToPath(new URL('./service-process.js', import.meta.url))
const SERVICES = new URL('../services/', import.meta.url)
const START_MILLISECONDS = 20_000
const TICKS_PER_SECOND = 100

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {number} port on 127.0.0.1
 * @property {number} pid
 * @property {Record<string, any>} facts what the service returned when it was ready: tokens, cookies
 * @property {() => Promise<number | undefined>} cpu microseconds of CPU so far, of all threads and children; undefined
 *   if the system does not report it
 * @property {(command: string, argument?: unknown) => Promise<any>} call runs a command of a service; not of programs
 * @property {() => Promise<void>} stop
 */

const running = new Set()

// However this process ends, its servers end with it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

function watch(child) {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), 2000)
  await ended
  clearTimeout(hard)
}

/**
 * A Node process for services. A measured service has its own; in a smoke run the services of a row share one.
 *
 * @param {{ execArgv?: string[], env?: Record<string, string> }} [settings]
 */
export function startServiceProcess({ execArgv = [], env = {} } = {}) {
  const child = fork(SERVICE_PROCESS, {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  watch(child)
  const waiting = new Map()
  let count = 0
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(result)
    else reject(new Error(error))
  })
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`a service ended: ${signal ?? code}`))
  })
  return {
    pid: child.pid,
    call: (service, command, argument) =>
      new Promise((resolve, reject) => {
        const id = count++
        waiting.set(id, { resolve, reject })
        child.send({ id, service, command, argument }, (error) => error && reject(error))
      }),
    stop: () => stop(child),
  }
}

let services = 0

/**
 * Starts `bench/services/NAME.js`, in a new Node process if none is given.
 *
 * @param {string} name
 * @param {object} [settings]
 * @param {unknown} [settings.options] the options of the service, as JSON
 * @param {string[]} [settings.execArgv] options of Node, such as `--expose-gc`
 * @param {Record<string, string>} [settings.env] more environment variables
 * @returns {Promise<Server>}
 */
export async function startService(name, { options = {}, ...process } = {}, shared = undefined) {
  const { pid, call: callProcess, ...serviceProcess } = shared ?? startServiceProcess(process)
  // A shared process is stopped by the code that started it.
  const stop = shared ? async () => {} : serviceProcess.stop
  const service = services++
  const call = (command, argument) => callProcess(service, command, argument)
  try {
    const { port, ...facts } = await call('start', { file: new URL(`${name}.js`, SERVICES).href, options })
    return { name, port, pid, facts, call, cpu: () => call('cpu'), stop }
  } catch (error) {
    await stop()
    throw new Error(`${name}: ${error.message}`)
  }
}

/** A port of 127.0.0.1 that is free at the moment. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

async function untilListening(port, child) {
  const deadline = Date.now() + START_MILLISECONDS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`does not listen after ${START_MILLISECONDS / 1000} s`)
}

// proc(5): in /proc/PID/stat the 14th field is utime and the 15th stime. The second field may contain spaces.
function ticksOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function ticksOfTree(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + ticksOfTree(child), ticksOf(pid))
}

/**
 * Starts a program that listens on a port, and waits until it does.
 *
 * @param {object} settings
 * @param {string} settings.name
 * @param {string} settings.command
 * @param {string[]} settings.args
 * @param {number} settings.port from `freePort()`
 * @param {Record<string, string>} [settings.env] more environment variables
 * @param {string} [settings.cwd]
 * @param {Record<string, any>} [settings.facts]
 * @returns {Promise<Server>}
 */
export async function startProgram({ name, command, args, port, env = {}, cwd, facts = {} }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  watch(child)
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-2000)
  })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  // Prevents an unhandled rejection after the program has started.
  failed.catch(() => {})
  try {
    await Promise.race([untilListening(port, child), failed])
  } catch (error) {
    if (child.pid) await stop(child)
    throw new Error(`${name}: ${error.message}. ${stderr}`.trim())
  }
  return {
    name,
    port,
    pid: child.pid,
    facts,
    call: () => Promise.reject(new Error(`${name} is a program and takes no commands`)),
    cpu: async () => {
      try {
        return (ticksOfTree(child.pid) / TICKS_PER_SECOND) * 1e6
      } catch {
        return undefined
      }
    },
    stop: () => stop(child),
  }
}
