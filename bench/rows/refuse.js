// What a refusal costs, and how much a flood of invalid tokens slows down requests with valid ones.
import { InvalidTokenError, UnauthenticatedError } from '../../dist/lib/errors.js'
import { paceMeanwhile } from '../harness/meanwhile.js'
import { ratioLine } from '../harness/statistics.js'
import { BODY_LENGTH } from '../services/shared.js'

const RUBBISH_LENGTH = 8000
const GOOD_PER_SECOND = 200
const GOOD_SECONDS = 3
const FLOOD_ROUNDS = 3

const OPEN = { status: 200, length: BODY_LENGTH }

function refusalBy({ statusCode, code, message }) {
  const body = JSON.stringify({ statusCode, code, error: 'Unauthorized', message })
  return { status: 401, length: Buffer.byteLength(body) }
}

// Changes the last character but one, because the last one has bits that base64url ignores.
function withBadSignature(token) {
  const index = token.length - 2
  return token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1)
}

function hostileHeaders(token) {
  const [head, , signature] = token.split('.')
  const bearer = (text) => ({ authorization: `Bearer ${text}` })
  return {
    'no token': {},
    'bad signature': bearer(withBadSignature(token)),
    '8 KB of rubbish': bearer('x'.repeat(RUBBISH_LENGTH)),
    '8 KB of rubbish in the shape of our tokens': bearer(
      `${head}.${'x'.repeat(RUBBISH_LENGTH)}.${signature}`,
    ),
  }
}

const target = (name, server, headers, expect, path = '/users/me') => ({
  name,
  server,
  path,
  headers,
  expect,
})

function refusedTarget(gate, name, headers) {
  const error = name === 'no token' ? new UnauthenticatedError() : new InvalidTokenError()
  return target(name, gate, headers, refusalBy(error))
}

async function startTargets(context) {
  const [open, gate] = await Promise.all([context.startService('open'), context.startService('gate')])
  const hostile = Object.entries(hostileHeaders(gate.facts.token))
  const own = { code: 'REFUSED', message: 'You have to log in first.' }
  const targets = {
    'own 401': target('own 401', open, {}, refusalBy({ statusCode: 401, ...own }), '/refused'),
  }
  for (const [name, headers] of hostile) {
    targets[`open: ${name}`] = target('open', open, headers, OPEN)
    targets[name] = refusedTarget(gate, name, headers)
  }
  return targets
}

async function costLines(context) {
  const samples = await context.compareAnew(() => startTargets(context))
  const hostile = Object.keys(samples).filter((name) => `open: ${name}` in samples)
  const line = (what, theirs, peer, [key, measure], bar) =>
    ratioLine({ what, peer, measure, ours: samples[what][key], theirs: samples[theirs][key], bar })
  const [perCpuSecond, perSecond] = [
    ['perCpuSecond', 'requests per CPU second'],
    ['perSecond', 'requests per second'],
  ]
  return [
    ...hostile.flatMap((name) => [
      line(name, `open: ${name}`, 'the route without a guard', perCpuSecond, { atLeast: 0.8 }),
      line(name, `open: ${name}`, 'the route without a guard', perSecond),
    ]),
    line('no token', 'own 401', 'a route that throws a 401 of its own', perCpuSecond),
  ]
}

/** Sends valid requests at a steady rate during each kind of flood: the p99 of each round, by flood. */
async function duringFloods(context, good, floods) {
  const p99 = Object.fromEntries(Object.keys(floods).map((name) => [name, []]))
  const rounds = context.options.smoke ? 1 : FLOOD_ROUNDS
  for (let round = 0; round < rounds; round++) {
    for (const [name, flood] of Object.entries(floods)) {
      const pace = { seconds: GOOD_SECONDS, perSecond: GOOD_PER_SECOND }
      const load = () => context.load(flood, { seconds: GOOD_SECONDS + 1 })
      const { paced } = await paceMeanwhile(context, good, pace, load)
      p99[name].push(paced.p99)
    }
  }
  return p99
}

async function floodLine(context, gate) {
  const { token, cookie } = gate.facts
  const good = target('good', gate, { cookie }, OPEN)
  const name = 'bad signature'
  const bad = refusedTarget(gate, name, hostileHeaders(token)[name])
  const p99 = await duringFloods(context, good, { bad, good })
  return ratioLine({
    what: `good requests in a flood of bad signatures`,
    peer: 'the same in a flood of good requests',
    measure: 'p99',
    ours: p99.bad,
    theirs: p99.good,
    bar: { atMost: 1.5 },
    note: `${context.options.connections} connections flood as fast as they are answered; ${GOOD_PER_SECOND} good requests per second`,
  })
}

export default {
  name: 'refuse',
  title: 'Requests that are refused, against the same route and the same headers without a guard.',
  async run(context) {
    const costs = await costLines(context)
    return [...costs, await floodLine(context, await context.startService('gate'))]
  },
}
