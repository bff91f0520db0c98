import type { FastifyInstance } from 'fastify'

export type Log = { readonly level: string; readonly stream: { write(line: string): void } }

interface LogScan {
  /** Of an app. A logger of the test's own is told what it would have been told. */
  loggerFor(own?: Log): Log
  /** Notes what requests and answers carry that no log may show. */
  watch(app: FastifyInstance): void
  /** Throws where the log shows any of it. */
  check(): void
}

// Shorter ones (a password `secret`, a token `x`) are words that a log may have for another reason.
const SHORTEST = 16
const CARRIED = ['authorization', 'cookie'] as const

const parts = (value: string): readonly string[] =>
  value.split(/[\s;,="&]+/).filter((part) => part.length >= SHORTEST)

const LEVELS: Readonly<Record<string, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 }

const isOf = ({ level }: Log, line: string): boolean =>
  (JSON.parse(line) as { level: number }).level >= (LEVELS[level] ?? 0)

/**
 * A log at its most talkative, and a look through it for every credential that passed by: each app of these tests has
 * one, so that the whole run of the suite is searched.
 */
export function logScan(): LogScan {
  const secrets = new Set<string>()
  let log = ''

  const note = (value: unknown): void => {
    if (typeof value !== 'string') return
    for (const part of parts(value)) secrets.add(part)
    const [, basic] = /^basic +(\S+)$/i.exec(value) ?? []
    if (basic === undefined) return
    const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? []
    if (password.length >= SHORTEST) secrets.add(password)
  }

  return {
    loggerFor: (own) => ({
      level: 'trace',
      stream: {
        write(line) {
          log += line
          if (own && isOf(own, line)) own.stream.write(line)
        },
      },
    }),
    watch(app) {
      app.addHook('onRequest', async function noteRequest(request) {
        for (const name of CARRIED) note(request.headers[name])
      })
      app.addHook('onSend', async function noteAnswer(_request, reply, payload) {
        for (const cookie of [reply.getHeader('set-cookie') ?? []].flat())
          note(String(cookie).split(';', 1)[0])
        const [, token] = /"access_token":"([^"]+)"/.exec(typeof payload === 'string' ? payload : '') ?? []
        note(token)
      })
    },
    check() {
      for (const secret of secrets) {
        const at = log.indexOf(secret)
        if (at !== -1)
          throw new Error(`the log shows a credential: …${log.slice(Math.max(0, at - 200), at + 40)}…`)
      }
    },
  }
}
