import type { Leak } from './classify.ts'
import type { Service } from './request.ts'
import { labelOf, type ProbeRequest } from './request.ts'
import type { ProbeResponse } from './response.ts'

/** One request whose answer gives something away. */
export interface Finding {
  readonly request: string
  readonly status: number
  readonly leak: Leak
  /** What is answered beside it, where nothing is; for `exists`. */
  readonly beside?: number
}

/** What was found so far. */
export interface Findings {
  add(request: ProbeRequest, answer: ProbeResponse, leak: Leak, beside?: ProbeResponse): void
  /** By request, each once: several are on the way at once, and come in any order. */
  list(): readonly Finding[]
}

export function createFindings({ host }: Service): Findings {
  const findings = new Map<string, Finding>()
  return {
    add(request, { status }, leak, beside) {
      const told = beside && { beside: beside.status }
      const label = labelOf(request, host)
      findings.set(label, { request: label, status, leak, ...told })
    },
    list: () => [...findings.values()].sort((a, b) => (a.request < b.request ? -1 : 1)),
  }
}
