// A gate with a number of `users`, of `operations` in its document, and of different `views` of the document.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import docsGate from '../../dist/plugins/index.js'
import { documentOf } from '../harness/documents.js'
import { ARGON2ID, BODY, listen, SECRET } from './shared.js'

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function costOf(work) {
  const before = cpu()
  await work()
  return cpu() - before
}

// Each user sees about half of the operations, and no two users see the same ones.
const seesHalf = ({ path }, { username }) =>
  createHash('sha256').update(`${username} ${path}`).digest()[0] < 128

const names = (count) => Array.from({ length: count }, (_, index) => `user${index}`)

export default async function start({ users = 1, operations = 10, views = 1 }) {
  const directory = Object.fromEntries(names(Math.max(users, views)).map((name) => [name, ARGON2ID]))
  const source = documentOf(operations)
  const app = Fastify({ pluginTimeout: 120_000 })
  const register = () =>
    app.register(docsGate, {
      users: directory,
      secret: SECRET,
      docs: { source, ...(views > 1 && { visible: seesHalf }) },
    })
  globalThis.gc?.()
  const heapBefore = process.memoryUsage().heapUsed
  const registering = await costOf(register)
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed - heapBefore
  app.get('/users/me', { onRequest: app.authenticate }, async () => BODY)
  const port = await listen(app)

  const cookieOf = async (name) => (await app.docsGate.signIn(name)).cookie.split(';', 1)[0]
  const read = async (cookie) => {
    const { statusCode } = await app.inject({ url: '/openapi.json', headers: { cookie } })
    if (statusCode !== 200) throw new Error(`the document came with ${statusCode}`)
  }
  return {
    port,
    registering,
    heap,
    cookie: await cookieOf('user0'),
    commands: {
      /** The cost of the first reader of each view, and of the next one, in milliseconds of CPU. */
      async readViews() {
        const cookies = await Promise.all(names(views).map(cookieOf))
        const readAll = async () => {
          for (const cookie of cookies) await read(cookie)
        }
        const [first, next] = [await costOf(readAll), await costOf(readAll)]
        // The row measures memory next; by then the responses have been sent and freed.
        await sleep(500)
        return { first: first / views, next: next / views }
      },
    },
  }
}
