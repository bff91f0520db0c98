import type { Leak } from './classify.ts'
import type { Service } from './request.ts'
import { labelOf, type ProbeRequest } from './request.ts'
import type { ProbeResponse } from './response.ts'

/** One request whose response gives something away. */
export interface Finding {
  readonly request: string
  readonly status: number
  readonly leak: Leak
  /** For `exists`: the status of a path beside it that does not exist. */
  readonly baseline?: number
}

/** The findings of one probe so far. */
export type Findings = ReturnType<typeof createFindings>

export function createFindings({ host }: Service) {
  const findings = new Map<string, Finding>()
  return {
    add(request: ProbeRequest, { status }: ProbeResponse, leak: Leak, baseline?: ProbeResponse): void {
      const label = labelOf(request, host)
      findings.set(label, { request: label, status, leak, ...(baseline && { baseline: baseline.status }) })
    },
    /** Each request once, sorted: responses come in any order. */
    list: (): readonly Finding[] => [...findings.values()].sort((a, b) => (a.request < b.request ? -1 : 1)),
  }
}
