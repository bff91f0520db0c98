import { isObject, type JsonObject, member, pick } from '../json.ts'
import { OAUTH_FLOW, SECURITY_SCHEME } from '../object-types.ts'
import type { Change } from '../patch.ts'
import { pathOf, walk } from '../walk.ts'
import type { Component } from './collect-references.ts'
import type { DocumentIndex, Section } from './document-index.ts'
import type { ReachableComponents } from './reachable.ts'
import type { Selection } from './selection.ts'

function sectionChange(
  index: DocumentIndex,
  { at, components }: Section,
  reachable: ReachableComponents,
): readonly Change[] {
  const section = at.reduce<unknown>(member, index.document) as JsonObject
  const left = pick(section, (name) => reachable.has(components.get(name)))
  const isEmpty = Object.keys(left).length === 0
  return left === section && !isEmpty ? [] : [{ at, value: isEmpty ? undefined : left }]
}

/** The lists of scopes in a security scheme: OpenAPI 3 has one for each flow, Swagger 2 has one. */
function scopeLists({ at, value, type }: Component): readonly Change[] {
  const lists: Change[] = []
  if (!isObject(value)) return lists
  walk(value, type, {
    enters: () => true,
    visit(node) {
      if (node.type === SECURITY_SCHEME || node.type === OAUTH_FLOW)
        lists.push({ at: [...at, ...pathOf(node), 'scopes'], value: member(node.value, 'scopes') })
      return true
    },
  })
  return lists
}

// The scopes of OAuth 2 schemes that only hidden operations ask for.
function scopeChanges(
  component: Component,
  selection: Selection,
  reachable: ReachableComponents,
): readonly Change[] {
  const name = component.at.at(-1) as string
  const isGone = (scope: string): boolean =>
    selection.hidden.scopes.get(name)?.has(scope) === true && !reachable.scopes.get(name)?.has(scope)
  return scopeLists(component).flatMap(({ at, value }) =>
    Object.keys(value ?? {})
      .filter(isGone)
      .map((scope) => ({ at: [...at, scope], value: undefined })),
  )
}

const schemesIn = ({ components }: Section, reachable: ReachableComponents): readonly Component[] =>
  [...components.values()].filter(
    (component) => component.type === SECURITY_SCHEME && reachable.has(component),
  )

/** The changes after which only reachable components are left. */
export const componentChanges = (
  index: DocumentIndex,
  selection: Selection,
  reachable: ReachableComponents,
): readonly Change[] => [
  ...index.sections.flatMap((section) => sectionChange(index, section, reachable)),
  ...index.sections
    .flatMap((section) => schemesIn(section, reachable))
    .flatMap((scheme) => scopeChanges(scheme, selection, reachable)),
]
