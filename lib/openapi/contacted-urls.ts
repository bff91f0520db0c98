import type { OpenApiDocument } from './document.ts'
import {
  COMPONENTS,
  DOCUMENT,
  OAUTH_FLOW,
  type ObjectType,
  OPERATION,
  PATH_ITEM,
  PATHS,
  SECURITY_SCHEME,
  SERVER,
} from './object-types.ts'
import { serverUrls, swagger2Urls } from './server-urls.ts'
import { type ObjectNode, walk } from './walk.ts'

const ON_THE_WAY: ReadonlySet<ObjectType> = new Set([
  PATHS,
  PATH_ITEM,
  OPERATION,
  SERVER,
  COMPONENTS,
  SECURITY_SCHEME,
  OAUTH_FLOW,
])

// A map of path items is not among these: it holds webhooks, which other services send.
const MAPPED: ReadonlySet<ObjectType> = new Set([OPERATION, SECURITY_SCHEME, OAUTH_FLOW])

const leadsToContacts = (type: ObjectType): boolean =>
  ON_THE_WAY.has(type) || type.elements === SERVER || MAPPED.has(type.members)

// An OpenID provider names its endpoints in what is read from its discovery URL.
const ENDPOINTS = ['tokenUrl', 'openIdConnectUrl']

// Clients read lists of servers. In a list that stands in the place of another object they read nothing.
const isMisplaced = ({ type, parent }: ObjectNode): boolean =>
  Array.isArray(parent?.value) && (type !== SERVER || parent.type === SERVER)

/** The objects of a document that may name a URL to send requests to, those of the whole document first. */
function contactsIn(document: OpenApiDocument): readonly ObjectNode[] {
  const found: ObjectNode[] = []
  walk(document, DOCUMENT, {
    enters: leadsToContacts,
    visit(node) {
      if (isMisplaced(node)) return false
      found.push(node)
      return node.type !== SERVER
    },
  })
  return found.reverse().sort((a, b) => a.depth - b.depth)
}

/**
 * The URLs that a client of a document sends requests to: those of its servers, of its token endpoints and of the discovery
 * of its OpenID providers. They may be relative.
 */
export function* contactedUrls(document: OpenApiDocument): Iterable<string> {
  const contacts = contactsIn(document)
  yield* serverUrls(contacts.filter(({ type }) => type === SERVER).map(({ value }) => value))
  yield* swagger2Urls(document)
  for (const { value, type } of contacts) {
    const urls = type === SECURITY_SCHEME || type === OAUTH_FLOW ? ENDPOINTS.map((name) => value[name]) : []
    yield* urls.filter((url) => typeof url === 'string')
  }
}
