import { isDeepStrictEqual } from 'node:util'
import type { OpenApiDocument } from '../document.ts'
import { freeName, type JsonObject, member } from '../json.ts'
import { type ObjectType, RESPONSE, SECURITY_SCHEME, sectionOf } from '../object-types.ts'
import type { Change } from '../patch.ts'
import { referenceTo } from '../pointer.ts'
import { sameScheme, type WantedScheme } from './security-schemes.ts'

// In the answers themselves: among the schemas it would stand as one of the API's own.
const ERROR_SCHEMA = {
  type: 'object',
  description: 'Why the request was refused.',
  properties: {
    statusCode: { type: 'integer' },
    code: { type: 'string', description: 'The reason, for programs.' },
    error: { type: 'string', description: "The status's name." },
    message: { type: 'string' },
  },
}

const CHALLENGE =
  'How to authenticate: a Bearer challenge (RFC 6750), with the reason where a token was refused.'

const ANSWERS = {
  '401': { name: 'Unauthenticated', description: 'The request has no credential, or one that is not good.' },
  '403': { name: 'Forbidden', description: 'The user lacks a scope that this operation asks for.' },
} as const

/** The answers of a guard. */
export type Status = keyof typeof ANSWERS

/** What a document needs among its components to describe guards: the changes that put there what is not there yet. */
export class SecurityComponents {
  readonly changes: Change[] = []
  readonly #document: OpenApiDocument
  readonly #isSwagger2: boolean

  constructor(document: OpenApiDocument) {
    this.#document = document
    this.#isSwagger2 = document.swagger !== undefined
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

  /** The name of a security scheme. */
  scheme(wanted: WantedScheme): string {
    const { type, scheme } = wanted
    const same = sameScheme(this.#document, wanted)
    return same ?? (this.#add(SECURITY_SCHEME, type, scheme).at(-1) as string)
  }

  /** A reference to an answer. */
  response(status: Status): JsonObject {
    const { name, description } = ANSWERS[status]
    const schema = ERROR_SCHEMA
    const challenge = this.#isSwagger2 ? { type: 'string' } : { schema: { type: 'string' } }
    const response = {
      description,
      headers: { 'WWW-Authenticate': { description: CHALLENGE, ...challenge } },
      ...(this.#isSwagger2 ? { schema } : { content: { 'application/json': { schema } } }),
    }
    return { $ref: referenceTo(this.#add(RESPONSE, name, response)) }
  }
}
