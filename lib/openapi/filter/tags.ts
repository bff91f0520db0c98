import type { OpenApiDocument } from '../document.ts'
import { member } from '../json.ts'
import { UNKNOWN } from '../object-types.ts'
import type { Part } from './document-index.ts'

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

// OpenAPI 3.2: a tag may stand under another.
function withParents(tags: readonly unknown[], used: ReadonlySet<string>): ReadonlySet<unknown> {
  const parents = new Map(tags.map((tag) => [member(tag, 'name'), member(tag, 'parent')]))
  const all = new Set<unknown>()
  for (const tag of used)
    for (let name: unknown = tag; name !== undefined && !all.has(name); name = parents.get(name))
      all.add(name)
  return all
}

function groupsOf(groups: readonly unknown[], used: ReadonlySet<unknown>): readonly unknown[] {
  return groups.flatMap((group) => {
    const tags = listed(member(group, 'tags'))
    const left = tags.filter((tag) => used.has(tag))
    if (left.length === 0) return []
    return left.length === tags.length ? [group] : [{ ...(group as object), tags: left }]
  })
}

const partsIn = (
  name: string,
  list: readonly unknown[],
  isSeen: (value: unknown) => boolean,
): readonly Part[] =>
  list.flatMap((value, index) => (isSeen(value) ? [{ at: [name, String(index)], value, type: UNKNOWN }] : []))

/** The tags and groups of tags that a reader sees whose operations use these tags. */
export function tagParts(document: OpenApiDocument, names: ReadonlySet<string>): readonly Part[] {
  const tags = listed(document['tags'])
  const used = withParents(tags, names)
  const isUsed = (name: unknown): boolean => used.has(name)
  return [
    ...partsIn('tags', tags, (tag) => isUsed(member(tag, 'name'))),
    ...partsIn('x-tagGroups', listed(document['x-tagGroups']), (group) =>
      listed(member(group, 'tags')).some(isUsed),
    ),
  ]
}

/** The `tags` and `x-tagGroups` of a document whose operations use these tags: undefined where none is left. */
export function tagsOf(
  document: OpenApiDocument,
  names: ReadonlySet<string>,
): Readonly<Record<'tags' | 'x-tagGroups', readonly unknown[] | undefined>> {
  const tags = listed(document['tags'])
  const used = withParents(tags, names)
  const left = tags.filter((tag) => used.has(member(tag, 'name')))
  const groups = groupsOf(listed(document['x-tagGroups']), used)
  return {
    tags: left.length > 0 ? left : undefined,
    'x-tagGroups': groups.length > 0 ? groups : undefined,
  }
}
