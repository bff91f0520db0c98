import type { OpenApiDocument } from '../document.ts'
import { type Refuse, refuser } from '../document-error.ts'
import { copyJson } from '../json.ts'
import { DOCUMENT, isReusable, sectionOf } from '../object-types.ts'
import { pointerOf } from '../pointer.ts'
import { type BundledComponent, placeComponents } from './bundled-components.ts'
import { createFileCache, type FileCache, type Target, targetOf } from './file-cache.ts'
import { findReferences, type Reference, type Search, type Slot } from './references.ts'
import { nameServer, placeServer } from './servers.ts'
import { bundleCommand, type Source, shownUrl } from './source-scope.ts'

/** A reference out of the file that it is in, or in another file than the document's own. */
interface FileReference extends Reference {
  /** The file that it is in. */
  readonly file: URL
  /** The values that have taken the place of references on the way to it. */
  readonly trail: readonly string[]
}

const MAX_REFERENCES = 100_000
const AT_A_TIME = 16

const shownReference = (ref: string): string =>
  JSON.stringify(ref.replace(/\?[^#]*/, '').replace(/^([^/]*\/\/)[^/]*@/, '$1'))

const placeText = (place: readonly string[]): string => pointerOf(place) || '/'

const rootSlot = (document: OpenApiDocument) => ({
  holder: { document },
  key: 'document',
  type: DOCUMENT,
  place: [],
})

/** The references of a document that lead out of it. */
function outwardReferences(document: OpenApiDocument, server: Search['server']): readonly Reference[] {
  const ids = new Set<string>()
  const references: Reference[] = []
  findReferences(rootSlot(document), {
    wants: (ref) => !ref.startsWith('#'),
    reference: (reference) => references.push(reference),
    identified: (_schema, id) => ids.add(id),
    server,
  })
  return references.filter(({ ref }) => !ids.has(ref.split('#', 1)[0] as string))
}

/**
 * Refuses a document that has come without the files that it refers to.
 *
 * @throws DocumentError
 */
export function refuseOutward(document: OpenApiDocument): void {
  const first = outwardReferences(document, () => {}).find(({ isOptional }) => !isOptional)
  if (!first) return
  const refuse = refuser(`the object at ${placeText(first.place)}: $ref ${shownReference(first.ref)}`)
  const command = bundleCommand('openapi.yaml')
  refuse(`leads out of it; write the path or the URL of its file instead, or bundle it first: ${command}`)
}

// The last key of a pointer; the name of a file up to its first dot.
function suggestedName({ url, keys }: Target): string {
  const file = decodeURIComponent(url.pathname.split('/').at(-1) as string)
  return keys.at(-1) ?? (file.split('.', 1)[0] as string)
}

function refuserOf({ file, place, ref }: FileReference): Refuse {
  const isFile = file.protocol === 'file:'
  const name = JSON.stringify(isFile ? decodeURIComponent(file.pathname) : shownUrl(file))
  return refuser(`${name} at ${placeText(place)}: $ref ${shownReference(ref)}`)
}

/** Brings the files that a document refers to into it. */
class Bundler {
  readonly #document: OpenApiDocument
  readonly #root: URL
  readonly #files: FileCache
  readonly #components = new Map<string, BundledComponent>()
  readonly #tasks: (() => Promise<void>)[] = []
  #count = 0

  constructor(document: OpenApiDocument, source: Source) {
    this.#document = document
    this.#root = source.root.url
    this.#files = createFileCache(source)
  }

  async bundle(): Promise<void> {
    for (const reference of outwardReferences(this.#document, this.#serverIn(this.#root)))
      this.#take(reference, this.#root, [])
    while (this.#tasks.length > 0) await Promise.all(this.#tasks.splice(0, AT_A_TIME).map((task) => task()))
    placeComponents(this.#document, [...this.#components.values()], ({ references: [first] }) =>
      refuserOf(first as FileReference),
    )
    if (this.#root.protocol !== 'file:') nameServer(this.#document as Slot['holder'], this.#root)
  }

  #isRoot(url: URL): boolean {
    return shownUrl(url) === shownUrl(this.#root)
  }

  // Files have no base URL, so relative servers in them stay as they are.
  #serverIn(file: URL): Search['server'] {
    return (server) => {
      if (file.protocol !== 'file:') placeServer(server, file)
    }
  }

  #searchIn(file: URL, trail: readonly string[]): Search {
    return {
      wants: (ref) => !(ref.startsWith('#') && this.#isRoot(file)),
      reference: (reference) => this.#take(reference, file, trail),
      identified(schema) {
        // An `$id` would be the base of the schema's references, which are relative to the document now.
        delete schema['$id']
      },
      server: this.#serverIn(file),
    }
  }

  #take(reference: Reference, file: URL, trail: readonly string[]): void {
    const taken = { ...reference, file, trail }
    this.#count += 1
    if (this.#count > MAX_REFERENCES) refuserOf(taken)(`is one of more than ${MAX_REFERENCES} references`)
    if (taken.isOptional) this.#tasks.push(() => this.#settleIfThere(taken))
    else this.#settle(taken)
  }

  #settle(reference: FileReference): void {
    const target = targetOf(reference.ref, reference.file, refuserOf(reference))
    // Later: YAML may share the object between places, and the search has to find the same text in each.
    if (this.#isRoot(target.url)) this.#tasks.push(async () => reference.point(`#${pointerOf(target.keys)}`))
    else if (this.#isReusable(reference)) this.#addComponent(reference, target)
    else this.#tasks.push(() => this.#inline(reference, target))
  }

  async #settleIfThere(reference: FileReference): Promise<void> {
    try {
      const target = targetOf(reference.ref, reference.file, refuserOf(reference))
      if (!this.#isRoot(target.url)) {
        // An operation that a link leads to cannot become a component: it is not brought in.
        if (!this.#isReusable(reference)) return
        await this.#files.find(target, refuserOf(reference))
      }
    } catch {
      return
    }
    this.#settle(reference)
  }

  #isReusable({ type }: Reference): boolean {
    return isReusable(type, this.#document)
  }

  #addComponent(reference: FileReference, target: Target): void {
    const section = sectionOf(reference.type, this.#document)
    const id = `${target.id} ${section.at(-1)}`
    const known = this.#components.get(id)
    known?.references.push(reference)
    if (known) return
    const component = {
      id,
      section,
      suggestedName: suggestedName(target),
      references: [reference],
      value: undefined,
    }
    this.#components.set(id, component)
    this.#tasks.push(() => this.#load(component, target, reference))
  }

  async #load(component: BundledComponent, target: Target, reference: FileReference): Promise<void> {
    const { value, url, place } = await this.#files.find(target, refuserOf(reference))
    component.value = copyJson(value)
    const holder = component as unknown as Slot['holder']
    findReferences({ holder, key: 'value', type: reference.type, place }, this.#searchIn(url, []))
  }

  async #inline(reference: FileReference, target: Target): Promise<void> {
    const refuse = refuserOf(reference)
    if (reference.trail.includes(target.id)) refuse('leads back to itself')
    const { value, url, place } = await this.#files.find(target, refuse)
    reference.replace(copyJson(value), place, this.#searchIn(url, [...reference.trail, target.id]))
  }
}

/**
 * Brings everything that a document refers to into it, from the files of its source. What can be a component becomes
 * one; the rest takes the place of its reference. The document itself is changed.
 *
 * @throws DocumentError where a reference leads out of the folder of the source, or to nothing
 */
export async function bundle(document: OpenApiDocument, source: Source): Promise<OpenApiDocument> {
  await new Bundler(document, source).bundle()
  return document
}
