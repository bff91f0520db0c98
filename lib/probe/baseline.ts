import { randomBytes } from 'node:crypto'
import type { ProbeClient } from './client.ts'
import type { ProbeRequest } from './request.ts'
import type { ProbeResponse } from './response.ts'
import { baselinePath } from './well-known-paths.ts'

/** How a path is asked for. */
export type Ask = (path: string) => ProbeRequest
/** Whether an answer gives away, against that of a place where nothing is, that something is there. */
export type Reveals = (answer: ProbeResponse, beside: ProbeResponse) => boolean

/** The places beside others, where nothing is: what is answered there says what an answer means. */
export interface Baseline {
  /** What is answered beside a path, asked for in the same way. */
  responseBeside(path: string, ask: Ask, way: string): Promise<ProbeResponse | undefined>
  /** Whether it is told a second time: a service may fail once for reasons of its own. */
  isConfirmed(path: string, ask: Ask, isTold: Reveals): Promise<boolean>
}

const randomWord = (): string =>
  randomBytes(9)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))

export function createBaseline(client: ProbeClient): Baseline {
  const word = randomWord()
  const answers = new Map<string, Promise<ProbeResponse | undefined>>()
  return {
    responseBeside(path, ask, way) {
      const beside = baselinePath(path, word)
      // One neighbour answers for all paths of its folder and form.
      const key = `${way} ${beside}`
      const answer = answers.get(key) ?? client.request(ask(beside))
      answers.set(key, answer)
      return answer
    },
    async isConfirmed(path, ask, isTold) {
      const [answer, beside] = await Promise.all([
        client.request(ask(path)),
        client.request(ask(baselinePath(path, word))),
      ])
      return answer !== undefined && beside !== undefined && isTold(answer, beside)
    },
  }
}
