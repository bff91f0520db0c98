import { isObject, type JsonObject, member, pick } from '../json.ts'
import { SECURITY_SCHEME } from '../object-types.ts'
import type { Change } from '../patch.ts'
import type { DocumentIndex, Section } from './document-index.ts'
import type { Closure } from './reachable.ts'
import type { Selection } from './selection.ts'
import type { Component } from './uses.ts'

function sectionChange(
  index: DocumentIndex,
  { at, components }: Section,
  closure: Closure,
): readonly Change[] {
  const section = at.reduce<unknown>(member, index.document) as JsonObject
  const left = pick(section, (name) => closure.has(components.get(name)))
  const isEmpty = Object.keys(left).length === 0
  return left === section && !isEmpty ? [] : [{ at, value: isEmpty ? undefined : left }]
}

/** The places in a security scheme where scopes are listed. */
function scopeLists({ at, value }: Component): readonly Change[] {
  const flows = member(value, 'flows')
  const places: Change[] = [
    { at, value },
    ...Object.entries(isObject(flows) ? flows : {}).map(([flow, described]) => ({
      at: [...at, 'flows', flow],
      value: described,
    })),
  ]
  return places.map((place) => ({ at: [...place.at, 'scopes'], value: member(place.value, 'scopes') }))
}

// The scopes of OAuth 2 schemes that only hidden operations ask for.
function scopeChanges(component: Component, selection: Selection, closure: Closure): readonly Change[] {
  const name = component.at.at(-1) as string
  const isGone = (scope: string): boolean =>
    selection.hidden.scopes.get(name)?.has(scope) === true && !closure.scopes.get(name)?.has(scope)
  return scopeLists(component).flatMap(({ at, value }) =>
    Object.keys(value ?? {})
      .filter(isGone)
      .map((scope) => ({ at: [...at, scope], value: undefined })),
  )
}

const schemesIn = ({ components }: Section, closure: Closure): readonly Component[] =>
  [...components.values()].filter((component) => component.kind === SECURITY_SCHEME && closure.has(component))

/** What has to be changed in the components so that those are left that a closure has. */
export const componentChanges = (
  index: DocumentIndex,
  selection: Selection,
  closure: Closure,
): readonly Change[] => [
  ...index.sections.flatMap((section) => sectionChange(index, section, closure)),
  ...index.sections
    .flatMap((section) => schemesIn(section, closure))
    .flatMap((scheme) => scopeChanges(scheme, selection, closure)),
]
