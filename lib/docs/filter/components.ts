import { isObject, type JsonObject, member, pick } from '../json.ts'
import type { Change, Closure } from './closure.ts'
import { type DocumentIndex, sectionsOf } from './document-index.ts'
import type { Selection } from './selection.ts'

function sectionChange(index: DocumentIndex, at: readonly string[], closure: Closure): readonly Change[] {
  const section = at.reduce<unknown>(member, index.document) as JsonObject
  const left = pick(section, (name) => {
    const component = index.component([...at, name])
    return component !== undefined && closure.components.has(component)
  })
  const isEmpty = Object.keys(left).length === 0
  return left === section && !isEmpty ? [] : [{ at, value: isEmpty ? undefined : left }]
}

function scopeChanges(flow: unknown, at: readonly string[], gone: ReadonlySet<string>): readonly Change[] {
  const scopes = Object.keys(member(flow, 'scopes') ?? {}).filter((scope) => gone.has(scope))
  return scopes.map((scope) => ({ at: [...at, 'scopes', scope], value: undefined }))
}

// The scopes of OAuth 2 schemes that only hidden operations ask for.
function schemeChanges(index: DocumentIndex, { hidden }: Selection, closure: Closure): readonly Change[] {
  return [...hidden.scopes].flatMap(([name, asked]) => {
    const scheme = index.securityScheme(name)
    if (!scheme || !closure.components.has(scheme)) return []
    const kept = closure.scopes.get(name)
    const gone = new Set([...asked].filter((scope) => !kept?.has(scope)))
    const { at, value } = scheme
    const flows = member(value, 'flows')
    const inFlows = Object.entries(isObject(flows) ? flows : {}).flatMap(([flow, described]) =>
      scopeChanges(described, [...at, 'flows', flow], gone),
    )
    return [...scopeChanges(value, at, gone), ...inFlows]
  })
}

/** What has to be changed in the components so that those are left that a closure has. */
export const componentChanges = (
  index: DocumentIndex,
  selection: Selection,
  closure: Closure,
): readonly Change[] => [
  ...sectionsOf(index.document).flatMap(([at]) => sectionChange(index, at, closure)),
  ...schemeChanges(index, selection, closure),
]
