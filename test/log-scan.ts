import type { FastifyInstance } from 'fastify'

export type Log = { readonly level: string; readonly stream: { write(line: string): void } }

interface LogScan {
  /** The logger for an app. The test's own logger, if any, receives the lines of its level. */
  loggerFor(ownLog?: Log): Log
  /** Collects the credentials in requests and responses, which must not appear in the log. */
  watch(app: FastifyInstance): void
  /** Throws if the log contains one of them. */
  check(): void
}

// Shorter credentials (a password `secret`, a token `x`) may appear in a log for another reason.
const SHORTEST = 16
const CARRIED = ['authorization', 'cookie'] as const

const parts = (value: string): readonly string[] =>
  value.split(/[\s;,="&]+/).filter((part) => part.length >= SHORTEST)

const LEVELS: Readonly<Record<string, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 }

const isLogged = ({ level }: Log, line: string): boolean =>
  (JSON.parse(line) as { level: number }).level >= (LEVELS[level] ?? 0)

/**
 * Logs at level `trace` and searches the log for every credential that was sent or received. Each app of the tests has
 * one, so the logs of the whole suite are searched.
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
    loggerFor: (ownLog) => ({
      level: 'trace',
      stream: {
        write(line) {
          log += line
          if (ownLog && isLogged(ownLog, line)) ownLog.stream.write(line)
        },
      },
    }),
    watch(app) {
      app.addHook('onRequest', async function noteRequest(request) {
        for (const name of CARRIED) note(request.headers[name])
      })
      app.addHook('onSend', async function noteResponse(_request, reply, payload) {
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
