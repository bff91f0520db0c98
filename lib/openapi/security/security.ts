import type { OpenApiDocument } from '../document.ts'
import { type JsonObject, member } from '../json.ts'
import { eachOperation, type Operation } from '../operations.ts'
import { type Change, DocumentPatch } from '../patch.ts'
import { collect, type Steps } from '../time-slices.ts'
import {
  SecurityComponents,
  sameScheme,
  type WantedResponse,
  type WantedScheme,
} from './security-components.ts'

/** What an operation requires of its callers: to be authenticated, and to have these scopes. */
export interface Requirement {
  readonly scopes: readonly string[]
}

/** How a document describes the security of its operations. */
export interface SecurityDescription {
  /** The security schemes that a client can choose from. `scopes` are all that operations require. */
  schemes(scopes: readonly string[]): readonly WantedScheme[]
  /** The responses to callers that do not meet a requirement, by status code. */
  responses(requirement: Requirement): ReadonlyMap<string, WantedResponse>
}

type Found = readonly [Operation, Requirement]

// Since OpenAPI 3.1, a requirement may list the roles that a scheme of another type than these two needs. Before, its list
// has to be empty.
const listsRoles = ({ openapi }: OpenApiDocument): boolean =>
  openapi !== undefined && !openapi.startsWith('3.0')

const hasScopes = ({ type }: JsonObject): boolean => type === 'oauth2' || type === 'openIdConnect'

function securityChange(
  document: OpenApiDocument,
  names: ReadonlyMap<WantedScheme, string>,
  [{ at }, { scopes }]: Found,
): Change {
  const value = [...names].map(([{ scheme }, name]) => ({
    [name]: hasScopes(scheme) || listsRoles(document) ? [...scopes] : [],
  }))
  return { at: [...at, 'security'], value }
}

// A range like 4XX describes the status, too; so may a reference.
const isDescribed = (responses: unknown, status: string): boolean =>
  [status, `${status[0]}XX`, `${status[0]}xx`, '$ref'].some((name) => member(responses, name) !== undefined)

/** The references that the operations of a document need, made once for each name. */
function responseReferences(
  components: SecurityComponents,
  description: SecurityDescription,
  found: readonly Found[],
): ReadonlyMap<string, JsonObject> {
  const wanted = found.flatMap(([, requirement]) => [...description.responses(requirement).values()])
  const byName = new Map(wanted.map((response) => [response.name, response]))
  return new Map([...byName].map(([name, response]) => [name, components.response(response)]))
}

function responseChanges(
  description: SecurityDescription,
  references: ReadonlyMap<string, JsonObject>,
  [{ at, operation }, requirement]: Found,
): readonly Change[] {
  const given = member(operation, 'responses')
  return [...description.responses(requirement)]
    .filter(([status]) => !isDescribed(given, status))
    .map(([status, { name }]) => ({ at: [...at, 'responses', status], value: references.get(name) }))
}

// Paths that share a path item may have different requirements: each gets a path item of its own.
function* itemChanges(
  document: OpenApiDocument,
  operations: readonly (readonly [Operation, unknown])[],
): Iterable<Change> {
  for (const [{ at, pathItem }] of operations) {
    const item = at.slice(0, 2)
    const isReference = member(item.reduce<unknown>(member, document), '$ref') !== undefined
    if (isReference) yield { at: item, value: pathItem }
  }
}

function* securedChanges(
  document: OpenApiDocument,
  found: readonly Found[],
  wanted: readonly WantedScheme[],
  description: SecurityDescription,
): Iterable<Change> {
  const components = new SecurityComponents(document)
  const names = new Map(wanted.map((scheme) => [scheme, components.scheme(scheme)]))
  const references = responseReferences(components, description, found)
  yield* components.changes
  for (const one of found) {
    yield securityChange(document, names, one)
    yield* responseChanges(description, references, one)
  }
}

// Whether the security of the whole document names the wanted schemes only: then it is wrong for an open operation.
function isWanted(document: OpenApiDocument, wanted: readonly WantedScheme[]): boolean {
  const { security } = document
  const known = new Set(wanted.map((one) => sameScheme(document, one)))
  const names = (Array.isArray(security) ? security : []).flatMap((required) => Object.keys(required ?? {}))
  return names.length > 0 && names.every((name) => known.has(name))
}

// The operations without security of their own, with their requirements.
function* undescribed(
  document: OpenApiDocument,
  requirementOf: (operation: Operation) => Requirement | null,
): Iterable<readonly [Operation, Requirement | null]> {
  for (const operation of eachOperation(document))
    if (operation.operation['security'] === undefined) yield [operation, requirementOf(operation)]
}

/**
 * A document that describes what its operations require: their `security` with scopes, the responses to callers that do
 * not meet it, and the security schemes. What an operation says itself has precedence: its `security`, even `[]`, is
 * left as it is, and so is a response that it describes. The given document is never changed; where nothing is to be
 * added, it is the result.
 *
 * An operation that requires nothing is left alone, with one exception. Where the `security` of the whole document names
 * the described schemes only, it would apply to an operation that is open: that one gets `security: []`.
 *
 * @param requirementOf null where an operation is open to everybody
 * @example
 * await runInSlices(securing(document, ({ path }) => (path.startsWith('/admin') ? { scopes: ['admin'] } : null), description))
 */
export function* securing(
  document: OpenApiDocument,
  requirementOf: (operation: Operation) => Requirement | null,
  description: SecurityDescription,
): Steps<OpenApiDocument> {
  const operations = yield* collect(undescribed(document, requirementOf))
  const found = operations.filter((one): one is Found => one[1] !== null)
  const wanted = description.schemes([...new Set(found.flatMap(([, { scopes }]) => scopes))])
  const isOpen = ([{ kind }, requirement]: (typeof operations)[number]): boolean =>
    !requirement && kind === 'path'
  const open = isWanted(document, wanted) ? operations.filter(isOpen) : []
  if (found.length + open.length === 0) return document
  const patch = new DocumentPatch(document)
  yield* patch.writeAll(itemChanges(document, [...found, ...open]))
  if (found.length > 0) yield* patch.writeAll(securedChanges(document, found, wanted, description))
  yield* patch.writeAll(open.map(([{ at }]) => ({ at: [...at, 'security'], value: [] })))
  return patch.document
}
