import { isDeepStrictEqual } from 'node:util'
import type { OpenApiDocument } from '../document.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { SECURITY_SCHEME, sectionOf } from '../object-types.ts'

/** What a client can prove itself with. */
export interface SecuritySchemes {
  /** Where the password grant is served. */
  readonly tokenUrl: string
  /** The same as a path of this site: a scheme of the host's may spell it so. */
  readonly tokenPath?: string | undefined
  readonly cookieName: string
  /** What the cookie is called on plain http, where that is another name. */
  readonly plainCookieName?: string | undefined
  /** The scopes that there are, with what each is for. */
  readonly scopes: Readonly<Record<string, string>>
  readonly openIdConnectUrl?: string | undefined
}

export type SchemeType = 'bearer' | 'cookie' | 'oauth2' | 'openIdConnect'

/** A scheme as it is written into a document, with the name that it would like to have. */
export interface WantedScheme {
  readonly type: SchemeType
  readonly scheme: JsonObject
  /** The same scheme in another spelling. */
  readonly alike?: JsonObject | undefined
}

const PASSWORD = 'A user name and a password, for a token.'

function passwordScheme(
  { tokenUrl, tokenPath }: SecuritySchemes,
  schemeOf: (tokenUrl: string) => JsonObject,
): WantedScheme {
  const alike = tokenPath === undefined ? undefined : schemeOf(tokenPath)
  return { type: 'oauth2', scheme: schemeOf(tokenUrl), alike }
}

function schemesOfSwagger2(schemes: SecuritySchemes): readonly WantedScheme[] {
  // Swagger 2 knows no bearer tokens and no cookies.
  const bearer = {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'Bearer, a space, a token.',
  }
  return [
    { type: 'bearer', scheme: bearer },
    passwordScheme(schemes, (tokenUrl) => ({
      type: 'oauth2',
      flow: 'password',
      tokenUrl,
      scopes: schemes.scopes,
      description: PASSWORD,
    })),
  ]
}

// One document is read on both schemes.
const cookieScheme = ({ cookieName, plainCookieName }: SecuritySchemes): JsonObject => ({
  type: 'apiKey',
  in: 'cookie',
  name: cookieName,
  description:
    plainCookieName === undefined
      ? "A browser's session."
      : `A browser's session. On plain http the cookie is called \`${plainCookieName}\`.`,
})

function schemesOfOpenApi(schemes: SecuritySchemes): readonly WantedScheme[] {
  const { scopes, openIdConnectUrl } = schemes
  const wanted: WantedScheme[] = [
    {
      type: 'bearer',
      scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token.' },
    },
    { type: 'cookie', scheme: cookieScheme(schemes) },
    passwordScheme(schemes, (tokenUrl) => ({
      type: 'oauth2',
      flows: { password: { tokenUrl, scopes } },
      description: PASSWORD,
    })),
  ]
  if (openIdConnectUrl === undefined) return wanted
  const openIdConnect = { type: 'openIdConnect', openIdConnectUrl, description: 'An identity provider.' }
  return [...wanted, { type: 'openIdConnect', scheme: openIdConnect }]
}

/** The schemes of a document's version. */
export const wantedSchemes = (
  document: OpenApiDocument,
  schemes: SecuritySchemes,
): readonly WantedScheme[] =>
  document.swagger === undefined ? schemesOfOpenApi(schemes) : schemesOfSwagger2(schemes)

// What a scheme asks of a client; descriptions ask nothing, and the name of an HTTP scheme has no case.
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
