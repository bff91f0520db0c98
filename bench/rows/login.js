// How much many simultaneous logins slow down other requests.

import { paceMeanwhile } from '../harness/meanwhile.js'
import { ratioLine, skippedLine, valueLine } from '../harness/statistics.js'
import { findPython, NO_PYTHON, startUvicorn } from '../peers/uvicorn.js'
import { byBasic, byBearer, passwordGrant } from '../services/requests.js'
import { ARGON2ID, BODY_LENGTH } from '../services/shared.js'

const IN_FLIGHT = 200
const SECONDS = 5
const ROUNDS = 2
const PACE = { seconds: SECONDS - 1, perSecond: 200 }
const USERS = Array.from({ length: 10 }, (_, index) => `user${index}`)

const guarded = (name, server, token) => ({
  name,
  server,
  path: '/users/me',
  headers: byBearer(token),
  expect: { status: 200, length: BODY_LENGTH },
})

async function startOurs(context) {
  const users = Object.fromEntries(USERS.map((name) => [name, ARGON2ID]))
  const server = await context.startService('things', { options: { users, operations: 0 } })
  // With the default settings. The throttle does not interfere, because it counts only failures.
  const login = {
    name: 'ours',
    server,
    path: '/auth/login',
    variants: USERS.map(byBasic),
    expect: { status: 200 },
  }
  return { name: 'ours', login, route: guarded('ours', server, server.facts.token) }
}

async function startBcryptjs(context) {
  const server = await context.startService('bcryptjs-handler')
  const login = { name: 'bcryptjs', server, path: '/token', ...passwordGrant('johndoe') }
  return {
    name: 'bcryptjs in a handler, cost 10',
    login,
    route: guarded('bcryptjs', server, server.facts.token),
  }
}

async function startFastApi(context, python) {
  const server = await startUvicorn(context, {
    python,
    module: 'fastapi_service',
    hash: ARGON2ID,
    operations: 0,
  })
  const grant = passwordGrant('johndoe')
  const { body } = await context.get({ server, path: '/token', ...grant })
  const { access_token: token } = JSON.parse(body)
  const peer = (path, name) => ({
    name,
    login: { name, server, path, ...grant },
    route: guarded(name, server, token),
  })
  return [
    peer('/token', 'FastAPI, argon2id, async def'),
    peer('/token-in-thread', 'FastAPI, argon2id, def (in its pool of threads)'),
  ]
}

async function startPeers(context) {
  const python = findPython()
  const bcryptjs = await startBcryptjs(context)
  if (!python) return { peers: [bcryptjs], skipped: [skippedLine('FastAPI', NO_PYTHON)] }
  return { peers: [bcryptjs, ...(await startFastApi(context, python))], skipped: [] }
}

async function logInMeanwhile(context, { login, route }) {
  const task = { seconds: SECONDS, inFlight: context.options.smoke ? 2 : IN_FLIGHT }
  const { paced, busy } = await paceMeanwhile(context, route, PACE, () => context.keepInFlight(login, task))
  return { p99: paced.p99, loginsPerSecond: busy.perSecond }
}

async function measureOurs(context, { login, route }) {
  const idle = await context.pace(route, PACE)
  await login.server.call('watchLoop')
  const busy = await logInMeanwhile(context, { login, route })
  const delay = await login.server.call('loopDelay')
  return { idle: idle.p99, loopDelay: delay.p99, ...busy }
}

/** Measures in turn: in each round the gate and then each peer. */
async function measure(context, ours, peers) {
  const rounds = { ours: [], peers: peers.map(() => []) }
  for (const peer of [ours, ...peers]) await context.check(peer.route)
  for (let round = 0; round < (context.options.smoke ? 1 : ROUNDS); round++) {
    rounds.ours.push(await measureOurs(context, ours))
    for (const [index, peer] of peers.entries()) rounds.peers[index].push(await logInMeanwhile(context, peer))
  }
  return rounds
}

const of = (rounds, name) => rounds.map((round) => round[name])

function comparedWith(rounds, { name: peer }, theirs) {
  const line = (measure, key, bar) =>
    ratioLine({
      what: key === 'p99' ? 'guarded route during logins' : 'logins',
      peer,
      measure,
      ours: of(rounds, key),
      theirs: of(theirs, key),
      bar,
    })
  return [line('p99', 'p99', { atMost: 1 }), line('logins per second', 'loginsPerSecond')]
}

export default {
  name: 'login',
  title: `${IN_FLIGHT} logins in flight, each from an address of its own, argon2id m=19456 t=2 p=1; meanwhile ${PACE.perSecond} requests per second of a guarded route.`,
  async run(context) {
    const [ours, { peers, skipped }] = await Promise.all([startOurs(context), startPeers(context)])
    const rounds = await measure(context, ours, peers)
    return [
      ratioLine({
        what: 'guarded route during logins',
        peer: 'the same without logins',
        measure: 'p99',
        ours: of(rounds.ours, 'p99'),
        theirs: of(rounds.ours, 'idle'),
        bar: { atMost: 3 },
      }),
      valueLine({
        what: 'event loop during logins',
        measure: 'p99 of its delay in ms',
        values: of(rounds.ours, 'loopDelay'),
        bar: { atMost: 50 },
      }),
      ...peers.flatMap((peer, index) => comparedWith(rounds.ours, peer, rounds.peers[index])),
      ...skipped,
    ]
  },
}
