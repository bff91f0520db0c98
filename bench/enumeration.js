// Does the time of a failed login reveal whether the user name exists? Sends failed logins with known and unknown names
// in turn, one at a time, over a real socket, and compares medians and ranks (Mann-Whitney test). Usage: npm run build
// && node bench/enumeration.js [TRIES]
import { request } from 'node:http'
import { hash } from '@node-rs/argon2'
import Fastify from 'fastify'
import docsGate from '../dist/plugins/index.js'

const TRIES = Number(process.argv[2] ?? 2000)
const WARM_UP = 50

const users = Object.fromEntries(
  await Promise.all([...Array(20).keys()].map(async (i) => [`user${i}`, await hash(`password ${i}`)])),
)
const app = Fastify()
await app.register(docsGate, {
  users,
  secret: crypto.randomUUID() + crypto.randomUUID(),
  login: { throttle: false },
})
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address()

function failedLogin(username) {
  const authorization = `Basic ${Buffer.from(`${username}:wrong password`).toString('base64')}`
  const begun = process.hrtime.bigint()
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/auth/login', headers: { authorization } },
      (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 401) resolve(Number(process.hrtime.bigint() - begun) / 1e6)
          else reject(new Error(`status ${response.statusCode}`))
        })
      },
    )
    sent.on('error', reject).end()
  })
}

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]

// Two-sided Mann-Whitney U test by the normal approximation. Ties are ignored: with nanosecond times they are rare.
function rankTest(a, b) {
  const ranked = [...a.map((time) => [time, 0]), ...b.map((time) => [time, 1])].sort(([x], [y]) => x - y)
  const rankSum = ranked.reduce((sum, [, group], rank) => (group === 0 ? sum + rank + 1 : sum), 0)
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  const z = Math.abs((u - mean) / deviation)
  // Abramowitz and Stegun 26.2.17
  const s = 1 / (1 + 0.2316419 * z)
  const tail =
    s * (0.31938153 + s * (-0.356563782 + s * (1.781477937 + s * (-1.821255978 + s * 1.330274429))))
  return 2 * tail * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI))
}

const times = { known: [], unknown: [] }
for (let i = -WARM_UP; i < TRIES; i++) {
  const pair = [
    ['known', `user${(i + WARM_UP) % 20}`],
    ['unknown', `nobody${(i + WARM_UP) % 20}`],
  ]
  // The order alternates, so that neither kind is always first.
  for (const [kind, username] of i % 2 === 0 ? pair : pair.reverse()) {
    const time = await failedLogin(username)
    if (i >= 0) times[kind].push(time)
  }
}
await app.close()

const [known, unknown] = [median(times.known), median(times.unknown)]
console.log(`tries of each     ${TRIES}`)
console.log(`median known      ${known.toFixed(3)} ms`)
console.log(`median unknown    ${unknown.toFixed(3)} ms`)
console.log(`difference        ${((100 * (known - unknown)) / unknown).toFixed(2)} %`)
console.log(`rank test p       ${rankTest(times.known, times.unknown).toFixed(4)}`)
