// The gate compared with Python frameworks that people choose between: one process each, the same routes behind a
// login.

import { paceMeanwhile } from '../harness/meanwhile.js'
import { ratioLine, skippedLine } from '../harness/statistics.js'
import { findPython, NO_PYTHON, startUvicorn } from '../peers/uvicorn.js'
import { byBearer, passwordGrant } from '../services/requests.js'
import { BCRYPT, BODY_LENGTH } from '../services/shared.js'

const OPERATIONS = 30
const ROUNDS = 4
const LOGIN_ROUNDS = 2
const LOGIN_SECONDS = 3
const LOGINS_IN_FLIGHT = 8
const PACE = { seconds: 2, perSecond: 100 }
const PEERS = [
  { name: 'FastAPI', module: 'fastapi_service', tokenPaths: ['/token-in-thread', '/token'] },
  { name: 'Starlette', module: 'starlette_service', tokenPaths: ['/token-in-thread'] },
]
const ROUTES = {
  bearer: '`/users/me` by Bearer',
  cookie: '`/users/me` by cookie',
  document: '`/openapi.json`',
}

/** The targets of one service. Documents differ in length, so the length is taken from the first response. */
async function targetsOf(context, name, server, token, cookie, tokenPaths) {
  const target = (path, headers, length) => ({ name, server, path, headers, expect: { status: 200, length } })
  const document = target('/openapi.json', byBearer(token))
  const { body } = await context.get(document)
  if (Object.keys(JSON.parse(body).paths).length < OPERATIONS) throw new Error(`${name}: this is no document`)
  return {
    name,
    bearer: target('/users/me', byBearer(token), BODY_LENGTH),
    cookie: target('/users/me', { cookie }, BODY_LENGTH),
    document: target('/openapi.json', byBearer(token), body.length),
    logins: tokenPaths.map((path) => ({ name, server, path, ...passwordGrant('johndoe') })),
  }
}

async function startOurs(context) {
  const options = { users: { johndoe: BCRYPT }, operations: OPERATIONS }
  const server = await context.startService('things', { options })
  const { token, cookie } = server.facts
  return targetsOf(context, 'ours', server, token, cookie, ['/auth/token'])
}

async function startPeer(context, python, { name, module, tokenPaths }) {
  const server = await startUvicorn(context, { python, module, hash: BCRYPT, operations: OPERATIONS })
  const response = await context.get({ server, path: tokenPaths[0], ...passwordGrant('johndoe') })
  const { access_token: token } = JSON.parse(response.body)
  return targetsOf(context, name, server, token, `access_token=${token}`, tokenPaths)
}

async function routeLines(context, ours, peers) {
  const all = [ours, ...peers]
  const routes = Object.keys(ROUTES)
  const targets = routes.flatMap((route) => all.map((one) => [`${one.name} ${route}`, one[route]]))
  const rounds = Math.min(ROUNDS, context.options.rounds)
  const samples = await context.compare(Object.fromEntries(targets), { rounds })
  const line = (route, peer, key, measure, bar) =>
    ratioLine({
      what: ROUTES[route],
      peer: peer.name,
      measure,
      ours: samples[`ours ${route}`][key],
      theirs: samples[`${peer.name} ${route}`][key],
      bar: peer.name === 'FastAPI' ? bar : undefined,
    })
  return peers.flatMap((peer) =>
    routes.flatMap((route) => [
      line(route, peer, 'perSecond', 'requests per second', { atLeast: 10 }),
      line(route, peer, 'perCpuSecond', 'requests per CPU second'),
    ]),
  )
}

async function logInMeanwhile(context, login, route) {
  const before = await login.server.cpu()
  const inFlight = context.options.smoke ? 1 : LOGINS_IN_FLIGHT
  const logIn = () => context.keepInFlight(login, { seconds: LOGIN_SECONDS, inFlight })
  const { paced, busy } = await paceMeanwhile(context, route, PACE, logIn)
  const cpu = (await login.server.cpu()) - before
  return { perSecond: busy.perSecond, perCpuSecond: busy.requests / (cpu / 1e6), p99: paced.p99 }
}

async function loginLines(context, ours, peers) {
  const sides = [ours, ...peers].flatMap(({ name, bearer, logins }) =>
    logins.map((login) => ({ name, login, route: bearer, rounds: [] })),
  )
  const rounds = context.options.smoke ? 1 : LOGIN_ROUNDS
  for (let round = 0; round < rounds; round++)
    for (const side of sides) side.rounds.push(await logInMeanwhile(context, side.login, side.route))
  const [own, ...theirs] = sides
  const of = (side, key) => side.rounds.map((round) => round[key])
  return theirs.flatMap((side) => {
    const isInThread = side.login.path === '/token-in-thread'
    const peer = `${side.name}, ${isInThread ? 'hashing in its pool of threads' : 'hashing in its loop'}`
    const line = (what, key, measure, bar) =>
      ratioLine({ what, peer, measure, ours: of(own, key), theirs: of(side, key), bar })
    return [
      line('login, bcrypt 10', 'perSecond', 'logins per second', { atLeast: 1 }),
      line('login, bcrypt 10', 'perCpuSecond', 'logins per CPU second'),
      line('`/users/me` during logins', 'p99', 'p99', { atMost: 1 }),
    ]
  })
}

export default {
  name: 'seeds',
  title: `Services in Python that do the same, uvicorn with uvloop and one worker; ${OPERATIONS} operations.`,
  async run(context) {
    const python = findPython()
    if (!python) return [skippedLine('FastAPI and Starlette', NO_PYTHON)]
    const [ours, ...peers] = await Promise.all([
      startOurs(context),
      ...PEERS.map((peer) => startPeer(context, python, peer)),
    ])
    return [...(await routeLines(context, ours, peers)), ...(await loginLines(context, ours, peers))]
  },
}
