import { isDeepStrictEqual } from 'node:util'
import type { OpenApiDocument } from '../document.ts'
import { freeName, isObject, type JsonObject, member } from '../json.ts'
import { type ObjectType, RESPONSE, SECURITY_SCHEME, sectionOf } from '../object-types.ts'
import type { Change } from '../patch.ts'
import { referenceTo } from '../pointer.ts'

/** A Security Scheme Object, with the name that it gets where it is free. */
export interface WantedScheme {
  readonly name: string
  readonly scheme: JsonObject
  /** The same scheme in another spelling, which a document may have already. */
  readonly alike?: JsonObject | undefined
}

/** A Response Object, with the name that it gets where it is free. */
export interface WantedResponse {
  readonly name: string
  readonly response: JsonObject
}

// What a scheme asks of a client. Descriptions ask nothing, and the name of an HTTP scheme is not case-sensitive.
const MEANT = ['type', 'in', 'name', 'scheme', 'flow', 'flows', 'tokenUrl', 'scopes', 'openIdConnectUrl']

const meaningOf = (scheme: unknown): readonly unknown[] =>
  MEANT.map((field) => {
    const value = member(scheme, field)
    return field === 'scheme' && typeof value === 'string' ? value.toLowerCase() : value
  })

/** The name of a scheme that the document has already and that means the same. */
export function sameScheme(document: OpenApiDocument, { scheme, alike }: WantedScheme): string | undefined {
  const section = sectionOf(SECURITY_SCHEME, document).reduce<unknown>(member, document)
  const meanings = [scheme, alike ?? scheme].map(meaningOf)
  const isSame = (other: unknown): boolean =>
    meanings.some((meaning) => isDeepStrictEqual(meaningOf(other), meaning))
  return Object.entries(isObject(section) ? section : {}).find(([, other]) => isSame(other))?.[0]
}

/** The components that describe the security of a document, and the changes that add those that it does not have yet. */
export class SecurityComponents {
  readonly changes: Change[] = []
  readonly #document: OpenApiDocument

  constructor(document: OpenApiDocument) {
    this.#document = document
  }

  // The place of a component with this value, which is added where there is none.
  #add(type: ObjectType, wanted: string, value: JsonObject): readonly string[] {
    const section = sectionOf(type, this.#document)
    const there = section.reduce<unknown>(member, this.#document)
    if (isDeepStrictEqual(member(there, wanted), value)) return [...section, wanted]
    const at = [...section, freeName(there, wanted)]
    this.changes.push({ at, value })
    return at
  }

  /** The name of a scheme in this document. */
  scheme(wanted: WantedScheme): string {
    const same = sameScheme(this.#document, wanted)
    return same ?? (this.#add(SECURITY_SCHEME, wanted.name, wanted.scheme).at(-1) as string)
  }

  /** A reference to a response in this document. */
  response({ name, response }: WantedResponse): JsonObject {
    return { $ref: referenceTo(this.#add(RESPONSE, name, response)) }
  }
}
