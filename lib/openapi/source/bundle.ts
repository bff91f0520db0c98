import type { OpenApiDocument } from '../document.ts'
import { copyJson } from '../json.ts'
import { pointerOf } from '../pointer.ts'
import { type Part, placeParts } from './components.ts'
import { createLibrary, type Target, targetOf } from './file-cache.ts'
import { type Found, findReferences, type Reference, type Slot } from './references.ts'
import { nameServer, placeServer } from './servers.ts'
import { SHAPES, type Shape } from './shapes.ts'
import { type Refuse, refuser } from './source-error.ts'
import { bundleCommand, type Source, shownUrl } from './source-scope.ts'

/** A reference out of the file that it is in, or in a file that is not the document's own. */
interface Use extends Reference {
  /** The file that it is in. */
  readonly file: URL
  /** What took the place of references on the way to it. */
  readonly trail: readonly string[]
}

const MAX_USES = 100_000
const AT_A_TIME = 16

const shownReference = (ref: string): string =>
  JSON.stringify(ref.replace(/\?[^#]*/, '').replace(/^([^/]*\/\/)[^/]*@/, '$1'))

const placeText = (place: readonly string[]): string => pointerOf(place) || '/'

/** The references of a document that lead out of it. */
function outwardReferences(
  document: OpenApiDocument,
  server: Found['server'] = () => {},
): readonly Reference[] {
  const ids = new Set<string>()
  const references: Reference[] = []
  findReferences({ holder: { document }, key: 'document' }, 'document', {
    wants: (ref) => !ref.startsWith('#'),
    reference: (reference) => references.push(reference),
    identified: (_schema, id) => ids.add(id),
    server,
  })
  return references.filter(({ ref }) => !ids.has(ref.split('#', 1)[0] as string))
}

/** Refuses a document that came without its files. */
export function refuseOutward(document: OpenApiDocument, option: string): void {
  const first = outwardReferences(document).find(({ isOptional }) => !isOptional)
  if (!first) return
  const from = `the object at ${placeText(first.place)}: $ref ${shownReference(first.ref)}`
  refuser(
    option,
    from,
  )(
    `leads out of it; write the path or the URL of its file instead, or bundle it first: ${bundleCommand('openapi.yaml')}`,
  )
}

// Of a pointer its last key, of a file its name without what follows the first dot.
function suggestionOf({ url, keys }: Target): string {
  const file = decodeURIComponent(url.pathname.split('/').at(-1) as string)
  return keys.at(-1) ?? (file.split('.', 1)[0] as string)
}

/**
 * Brings everything that a document refers to into it, from the files of its source. What can be a component becomes
 * one; the rest takes the place of its reference. The document itself is changed.
 */
export async function bundle(
  document: OpenApiDocument,
  source: Source,
  option: string,
): Promise<OpenApiDocument> {
  const library = createLibrary(source)
  const parts = new Map<string, Part>()
  const tasks: (() => Promise<void>)[] = []
  const root = source.root.url
  const componentKind = document.swagger === undefined ? 'component' : 'swagger2'
  let uses = 0

  // On the disk there is no server.
  const serverOf = (file: URL) => (server: Slot['holder']) => {
    if (file.protocol !== 'file:') placeServer(server, file)
  }

  const isRoot = (url: URL): boolean => shownUrl(url) === shownUrl(root)

  const refuserOf = ({ file, place, ref }: Use): Refuse => {
    const name = JSON.stringify(
      file.protocol === 'file:' ? decodeURIComponent(file.pathname) : shownUrl(file),
    )
    return refuser(option, `${name} at ${placeText(place)}: $ref ${shownReference(ref)}`)
  }

  function take(reference: Reference, file: URL, trail: readonly string[]): void {
    const use = { ...reference, file, trail }
    uses += 1
    if (uses > MAX_USES) refuserOf(use)(`is one of more than ${MAX_USES} references`)
    if (use.isOptional) tasks.push(() => settleIfThere(use))
    else settle(use)
  }

  const foundIn = (file: URL, trail: readonly string[]): Found => ({
    wants: (ref) => !(ref.startsWith('#') && isRoot(file)),
    reference: (reference) => take(reference, file, trail),
    identified(schema) {
      // With an identifier of its own, a schema's references would not start from the document any more.
      delete schema['$id']
    },
    server: serverOf(file),
  })

  async function loadPart(part: Part, target: Target, use: Use): Promise<void> {
    const { value, url, place } = await library.find(target, refuserOf(use))
    part.value = copyJson(value)
    const slot = { holder: part as unknown as Slot['holder'], key: 'value' }
    findReferences(slot, use.shape, foundIn(url, []), [...place])
  }

  async function inline(use: Use, target: Target): Promise<void> {
    const refuse = refuserOf(use)
    if (use.trail.includes(target.id)) refuse('leads back to itself')
    const { value, url, place } = await library.find(target, refuse)
    use.replace(copyJson(value), place, foundIn(url, [...use.trail, target.id]))
  }

  function addPart(kind: string, target: Target, use: Use): void {
    const section = componentKind === 'component' ? ['components', kind] : [kind]
    const part = {
      id: `${target.id} ${kind}`,
      section,
      suggestion: suggestionOf(target),
      uses: [use],
      value: undefined,
    }
    const known = parts.get(part.id)
    known?.uses.push(use)
    if (known) return
    parts.set(part.id, part)
    tasks.push(() => loadPart(part, target, use))
  }

  function settle(use: Use): void {
    const target = targetOf(use.ref, use.file, refuserOf(use))
    const kind = (SHAPES[use.shape] as Shape)[componentKind]
    // Later: what is shared within a file is come across again, and has to look the same.
    if (isRoot(target.url)) tasks.push(async () => use.point(`#${pointerOf(target.keys)}`))
    else if (kind !== undefined) addPart(kind, target, use)
    else tasks.push(() => inline(use, target))
  }

  async function settleIfThere(use: Use): Promise<void> {
    try {
      const target = targetOf(use.ref, use.file, refuserOf(use))
      if (!isRoot(target.url)) {
        // What cannot be a component stays where it is: an operation that a link leads to.
        if ((SHAPES[use.shape] as Shape)[componentKind] === undefined) return
        await library.find(target, refuserOf(use))
      }
    } catch {
      return
    }
    settle(use)
  }

  for (const reference of outwardReferences(document, serverOf(root))) take(reference, root, [])
  while (tasks.length > 0) await Promise.all(tasks.splice(0, AT_A_TIME).map((task) => task()))
  placeParts(document, [...parts.values()], (part) => refuserOf(part.uses[0] as Use))
  if (root.protocol !== 'file:') nameServer(document as Slot['holder'], root)
  return document
}
