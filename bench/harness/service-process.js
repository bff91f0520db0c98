// The process of Node services: loads and starts them, and runs commands that the harness sends over IPC.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

// The commands of each service, by its number.
const commandsOf = new Map()
const loopDelay = monitorEventLoopDelay({ resolution: 1 })
const inMilliseconds = (nanoseconds) => nanoseconds / 1e6

function usedMemory() {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  return { heapUsed, external, arrayBuffers, rss }
}

const commands = {
  cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  memory: usedMemory,
  watchLoop() {
    loopDelay.enable()
    loopDelay.reset()
  },
  async loopDelay() {
    // If the event loop is blocked now, the block has ended when this timer runs.
    await sleep(5)
    loopDelay.disable()
    return {
      p50: inMilliseconds(loopDelay.percentile(50)),
      p99: inMilliseconds(loopDelay.percentile(99)),
      max: inMilliseconds(loopDelay.max),
    }
  },
}

async function start(service, { file, options }) {
  const { default: startService } = await import(file)
  const { commands: ofService = {}, ...facts } = await startService(options)
  commandsOf.set(service, { ...commands, ...ofService })
  return facts
}

const run = (service, command, argument) =>
  command === 'start' ? start(service, argument) : commandsOf.get(service)[command](argument)

process.on('disconnect', () => process.exit())
process.on('message', async ({ id, service, command, argument }) => {
  try {
    process.send({ id, result: await run(service, command, argument) })
  } catch (error) {
    process.send({ id, error: error.stack ?? String(error) })
  }
})
