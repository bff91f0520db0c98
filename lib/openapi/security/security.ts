import type { OpenApiDocument } from '../document.ts'
import { type JsonObject, member } from '../json.ts'
import { eachOperation, type Operation } from '../operations.ts'
import { type Change, DocumentPatch } from '../patch.ts'
import { collect, type Steps } from '../time-slices.ts'
import { SecurityComponents, type Status } from './security-components.ts'
import {
  type SchemeType,
  type SecuritySchemes,
  sameScheme,
  type WantedScheme,
  wantedSchemes,
} from './security-schemes.ts'

/** What an operation asks of its caller: to be logged in, and these scopes. */
export interface Guarded {
  readonly scopes: readonly string[]
}

type Found = readonly [Operation, Guarded]

// Roles of other schemes than OAuth 2 and OpenID Connect are listed since OpenAPI 3.1; before, nothing may be.
const listsRoles = ({ openapi }: OpenApiDocument): boolean =>
  openapi !== undefined && !openapi.startsWith('3.0')

const hasScopes = (type: SchemeType): boolean => type === 'oauth2' || type === 'openIdConnect'

function securityChange(
  document: OpenApiDocument,
  names: ReadonlyMap<SchemeType, string>,
  found: Found,
): Change {
  const [{ at }, { scopes }] = found
  const value = [...names].map(([type, name]) => ({
    [name]: hasScopes(type) || listsRoles(document) ? [...scopes] : [],
  }))
  return { at: [...at, 'security'], value }
}

const statusesOf = ({ scopes }: Guarded): readonly Status[] => (scopes.length > 0 ? ['401', '403'] : ['401'])

// A range that a host wrote says what they want to say of these.
const isAnswered = (responses: unknown, status: Status): boolean =>
  [status, '4XX', '4xx', '$ref'].some((name) => member(responses, name) !== undefined)

function answerChanges(
  responses: ReadonlyMap<Status, JsonObject>,
  [operation, guarded]: Found,
): readonly Change[] {
  const given = member(operation.operation, 'responses')
  return statusesOf(guarded)
    .filter((status) => !isAnswered(given, status))
    .map((status) => ({ at: [...operation.at, 'responses', status], value: responses.get(status) }))
}

// Several paths may share a path item and be guarded differently: each gets its own.
function* itemChanges(
  document: OpenApiDocument,
  judged: readonly (readonly [Operation, unknown])[],
): Iterable<Change> {
  for (const [{ at, pathItem }] of judged) {
    const item = at.slice(0, 2)
    const isReference = member(item.reduce<unknown>(member, document), '$ref') !== undefined
    if (isReference) yield { at: item, value: pathItem }
  }
}

// The scopes that guards ask for are there, whether somebody described them or not.
function withAskedScopes(schemes: SecuritySchemes, found: readonly Found[]): SecuritySchemes {
  const asked = new Set(found.flatMap(([, { scopes }]) => scopes))
  const undescribed = Object.fromEntries([...asked].map((scope) => [scope, '']))
  return { ...schemes, scopes: { ...undescribed, ...schemes.scopes } }
}

function* guardedChanges(
  document: OpenApiDocument,
  found: readonly Found[],
  wanted: readonly WantedScheme[],
): Iterable<Change> {
  const components = new SecurityComponents(document)
  const names = new Map(wanted.map((scheme) => [scheme.type, components.scheme(scheme)]))
  const statuses = new Set(found.flatMap(([, guarded]) => statusesOf(guarded)))
  const responses = new Map([...statuses].map((status) => [status, components.response(status)]))
  yield* components.changes
  for (const one of found) {
    yield securityChange(document, names, one)
    yield* answerChanges(responses, one)
  }
}

// Whether the security of the whole document is what our guards ask for: then it is not true of an open operation.
function isOurs(document: OpenApiDocument, wanted: readonly WantedScheme[]): boolean {
  const { security } = document
  const ours = new Set(wanted.map((one) => sameScheme(document, one)))
  const names = (Array.isArray(security) ? security : []).flatMap((required) => Object.keys(required ?? {}))
  return names.length > 0 && names.every((name) => ours.has(name))
}

// Operations that say nothing of their security, with what guards them.
function* judge(
  document: OpenApiDocument,
  guardOf: (operation: Operation) => Guarded | null,
): Iterable<readonly [Operation, Guarded | null]> {
  for (const operation of eachOperation(document))
    if (operation.operation['security'] === undefined) yield [operation, guardOf(operation)]
}

/**
 * A document whose guarded operations say so: `security` with their scopes, 401 and, where scopes are asked for, 403,
 * and the schemes that clients can use. What an operation says by itself wins: one that has `security`, be it `[]`, is
 * left as it is, and so is an answer that is described already. The given document is never written; where nothing is to
 * be said, it is the result.
 *
 * An operation that nothing guards is left alone too; but where the whole document's `security` names our own schemes,
 * it would say of an open operation that it is guarded: that one gets `security: []`.
 *
 * @example
 * await runInSlices(securing(document, ({ path }) => (path.startsWith('/admin') ? { scopes: ['admin'] } : null), schemes))
 */
export function* securing(
  document: OpenApiDocument,
  guardOf: (operation: Operation) => Guarded | null,
  schemes: SecuritySchemes,
): Steps<OpenApiDocument> {
  const judged = yield* collect(judge(document, guardOf))
  const found = judged.filter((one): one is Found => one[1] !== null)
  const wanted = wantedSchemes(document, withAskedScopes(schemes, found))
  const isOpen = ([{ kind }, guarded]: (typeof judged)[number]): boolean => !guarded && kind === 'path'
  const open = isOurs(document, wanted) ? judged.filter(isOpen) : []
  if (found.length + open.length === 0) return document
  const patch = new DocumentPatch(document)
  yield* patch.writeAll(itemChanges(document, [...found, ...open]))
  if (found.length > 0) yield* patch.writeAll(guardedChanges(document, found, wanted))
  yield* patch.writeAll(open.map(([{ at }]) => ({ at: [...at, 'security'], value: [] })))
  return patch.document
}
