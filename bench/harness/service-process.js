// The process of one Node service: loads it, starts it, and does what the harness asks over IPC.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const [file, options] = process.argv.slice(2)
const { default: start } = await import(file)

const loopDelay = monitorEventLoopDelay({ resolution: 1 })
const inMilliseconds = (nanoseconds) => nanoseconds / 1e6

function usedMemory() {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  return { heapUsed, external, arrayBuffers, rss }
}

const commands = {
  async start() {
    const { commands: own = {}, ...facts } = await start(JSON.parse(options))
    Object.assign(commands, own)
    return facts
  },
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
    // A block that is under way is over when this runs.
    await sleep(5)
    loopDelay.disable()
    return {
      p50: inMilliseconds(loopDelay.percentile(50)),
      p99: inMilliseconds(loopDelay.percentile(99)),
      max: inMilliseconds(loopDelay.max),
    }
  },
}

process.on('disconnect', () => process.exit())
process.on('message', async ({ id, command, argument }) => {
  try {
    process.send({ id, result: await commands[command](argument) })
  } catch (error) {
    process.send({ id, error: error.stack ?? String(error) })
  }
})
