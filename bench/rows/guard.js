// What the guard costs each request, compared with the same route without a guard and with other guards.
import { ratioLine } from '../harness/statistics.js'
import { BODY_LENGTH } from '../services/shared.js'

const EXPECT = { status: 200, length: BODY_LENGTH }
// For peers that hash a password on every request: more connections would only wait.
const FEW_CONNECTIONS = 4

const bearer = ({ facts }) => ({ authorization: `Bearer ${facts.token}` })
const cookie = ({ facts }) => ({ cookie: facts.cookie })
const basic = ({ facts }) => ({ authorization: facts.authorization })

async function startTargets(context) {
  const [open, gate, jwt, bcrypt, argon2id, secure, express] = await Promise.all([
    context.startService('open'),
    context.startService('gate'),
    context.startService('jwt-verify'),
    context.startService('basic-auth', { options: { hash: 'bcrypt' } }),
    context.startService('basic-auth', { options: { hash: 'argon2id' } }),
    context.startService('secure-session'),
    context.startService('express-session'),
  ])
  const target = (name, server, headers, more = {}) => ({
    name,
    server,
    path: '/users/me',
    headers,
    expect: EXPECT,
    ...more,
  })
  return {
    openWithCookie: target('open', open, cookie(gate)),
    cookie: target('ours, cookie', gate, cookie(gate)),
    openWithBearer: target('open', open, bearer(gate)),
    bearer: target('ours, Bearer', gate, bearer(gate)),
    hookWithCookie: target('hook', open, cookie(gate), { path: '/hooked' }),
    hookWithBearer: target('hook', open, bearer(gate), { path: '/hooked' }),
    jwt: target('jwtVerify', jwt, bearer(jwt)),
    secure: target('secure-session', secure, cookie(secure)),
    express: target('express-session', express, cookie(express)),
    bcrypt: target('basic-auth, bcrypt', bcrypt, basic(bcrypt), { connections: FEW_CONNECTIONS }),
    argon2id: target('basic-auth, argon2id', argon2id, basic(argon2id), { connections: FEW_CONNECTIONS }),
  }
}

const MEASURES = { perCpuSecond: 'requests per CPU second', perSecond: 'requests per second', p99: 'p99' }

export default {
  name: 'guard',
  title: 'A guarded route: the same handler everywhere, the same headers sent to both sides of a line.',
  async run(context) {
    const samples = await context.compareAnew(() => startTargets(context))
    const line = (ours, peer, theirs, measure, bar, note) =>
      ratioLine({
        what: ours,
        peer,
        measure: MEASURES[measure],
        ours: samples[ours][measure],
        theirs: samples[theirs][measure],
        bar,
        note,
      })
    return ['cookie', 'bearer'].flatMap((ours) => {
      const [open, hook] =
        ours === 'cookie' ? ['openWithCookie', 'hookWithCookie'] : ['openWithBearer', 'hookWithBearer']
      const hashes = 'hashes the password for each request'
      return [
        line(ours, 'the route without a guard', open, 'perCpuSecond', { atLeast: 0.95 }),
        line(ours, 'the route without a guard', open, 'perSecond'),
        line(ours, 'the route without a guard', open, 'p99', { atMost: 1.2 }),
        line(ours, 'a hook that only looks for a header', hook, 'perCpuSecond'),
        line(ours, 'jwtVerify() in a preHandler', 'jwt', 'perCpuSecond', { atLeast: 1.6 }),
        line(ours, 'jwtVerify() in a preHandler', 'jwt', 'perSecond'),
        line(ours, '@fastify/secure-session', 'secure', 'perCpuSecond', { atLeast: 1 }),
        line(ours, 'express, passport, express-session', 'express', 'perCpuSecond', { atLeast: 1 }),
        line(ours, '@fastify/basic-auth, bcrypt 10', 'bcrypt', 'perCpuSecond', { atLeast: 1 }, hashes),
        line(ours, '@fastify/basic-auth, argon2id', 'argon2id', 'perCpuSecond', { atLeast: 1 }, hashes),
      ]
    })
  },
}
