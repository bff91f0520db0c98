import type { Refuse } from '../document-error.ts'
import { isObject } from '../json.ts'
import { parsePointer, pointerOf } from '../pointer.ts'
import { parseText } from './parse.ts'
import type { Source } from './source-scope.ts'

/** Where a reference leads: to a file, and by keys to a value in it. */
export interface Target {
  readonly url: URL
  readonly keys: readonly string[]
  /** The same for all references that lead there. */
  readonly id: string
}

/** What was found there. Its own references are relative to `url`. */
export interface Content {
  readonly url: URL
  readonly value: unknown
  /** The keys from the root of its file to it. */
  readonly place: readonly string[]
}

/** The files of a source, each read and parsed once. */
export interface FileCache {
  find(target: Target, refuse: Refuse): Promise<Content>
}

const MAX_HOPS = 50

/** Where a reference leads from the file that it is in. */
export function targetOf(ref: string, file: URL, refuse: Refuse): Target {
  if (!URL.canParse(ref, file.href)) return refuse('is no reference to a file')
  const url = new URL(ref, file)
  const keys = parsePointer(url.hash.slice(1))
  if (!keys) return refuse('does not end with a JSON pointer; write one, like #/components/schemas/Pet')
  url.hash = ''
  // A path has no query.
  if (url.protocol === 'file:') url.search = ''
  return { url, keys, id: `${url.href}#${pointerOf(keys)}` }
}

export function createFileCache(source: Source): FileCache {
  const contents = new Map<string, Promise<Content>>()

  async function read(url: URL, refuse: Refuse): Promise<Content> {
    const file = await source.read(url, refuse)
    return { url: file.url, value: parseText(file.text, refuse), place: [] }
  }

  function load(url: URL, refuse: Refuse): Promise<Content> {
    const content = contents.get(url.href) ?? read(url, refuse)
    contents.set(url.href, content)
    return content
  }

  // A value on the way of a pointer may itself be a reference to somewhere else.
  async function passed(content: Content, key: string, refuse: Refuse, hops: number): Promise<Content> {
    const { value, url } = content
    if (!isObject(value) || typeof value['$ref'] !== 'string' || Object.hasOwn(value, key)) return content
    const next = await find(targetOf(value['$ref'], url, refuse), refuse, hops + 1)
    return passed(next, key, refuse, hops + 1)
  }

  async function find({ url, keys }: Target, refuse: Refuse, hops = 0): Promise<Content> {
    if (hops > MAX_HOPS) refuse('leads from reference to reference without end')
    let content = await load(url, refuse)
    for (const key of keys) {
      const from = await passed(content, key, refuse, hops)
      const holder = from.value
      if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key))
        return refuse(`leads to nothing: there is no ${pointerOf(keys)} in that file`)
      content = { ...from, value: (holder as Record<string, unknown>)[key], place: [...from.place, key] }
    }
    return content
  }

  return { find: (target, refuse) => find(target, refuse) }
}
