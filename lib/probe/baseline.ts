import { randomBytes } from 'node:crypto'
import type { ProbeClient } from './client.ts'
import type { ProbeRequest } from './request.ts'
import type { ProbeResponse } from './response.ts'
import { baselinePath } from './well-known-paths.ts'

/** Makes the request for a path, in one of the ways that are tried. */
export type RequestFor = (path: string) => ProbeRequest
/** Whether a response, compared with the one for a path that does not exist, reveals that something is there. */
export type Reveals = (response: ProbeResponse, baseline: ProbeResponse) => boolean

/** The responses for paths that do not exist: only a response that differs from them reveals something. */
export type Baseline = ReturnType<typeof createBaseline>

const randomWord = (): string =>
  randomBytes(9)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))

export function createBaseline(client: ProbeClient) {
  const word = randomWord()
  const responses = new Map<string, Promise<ProbeResponse | undefined>>()
  return {
    /** The response for a path beside this one that does not exist, requested in the same way. */
    responseBeside(path: string, requestFor: RequestFor, way: string): Promise<ProbeResponse | undefined> {
      const missingPath = baselinePath(path, word)
      // Paths of one folder and with one extension share a baseline.
      const key = `${way} ${missingPath}`
      const response = responses.get(key) ?? client.request(requestFor(missingPath))
      responses.set(key, response)
      return response
    },
    /** Whether a second try reveals it again: a service may fail once for reasons of its own. */
    async isConfirmed(path: string, requestFor: RequestFor, reveals: Reveals): Promise<boolean> {
      const [response, baseline] = await Promise.all([
        client.request(requestFor(path)),
        client.request(requestFor(baselinePath(path, word))),
      ])
      return response !== undefined && baseline !== undefined && reveals(response, baseline)
    },
  }
}
