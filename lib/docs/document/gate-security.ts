import type { OpenApiDocument } from '../../openapi/document.ts'
import type { JsonObject } from '../../openapi/json.ts'
import type { SecurityDescription } from '../../openapi/security/security.ts'
import type { WantedResponse, WantedScheme } from '../../openapi/security/security-components.ts'

/** How a client can authenticate to the gate. */
export interface SecuritySchemes {
  /** Where the password grant is served. */
  readonly tokenUrl: string
  /** The same as a path of this site: a scheme that the document has already may spell it so. */
  readonly tokenPath?: string | undefined
  readonly cookieName: string
  /** The name of the cookie on plain http, if it is another one there. */
  readonly plainCookieName?: string | undefined
  /** The scopes with their descriptions. */
  readonly scopes: Readonly<Record<string, string>>
  readonly openIdConnectUrl?: string | undefined
}

const PASSWORD = 'A user name and a password, for a token.'

function passwordScheme(
  { tokenUrl, tokenPath }: SecuritySchemes,
  schemeOf: (tokenUrl: string) => JsonObject,
): WantedScheme {
  const alike = tokenPath === undefined ? undefined : schemeOf(tokenPath)
  return { name: 'oauth2', scheme: schemeOf(tokenUrl), alike }
}

function schemesOfSwagger2(schemes: SecuritySchemes): readonly WantedScheme[] {
  // Swagger 2 cannot describe bearer tokens as such, nor cookies.
  const bearer = {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'Bearer, a space, a token.',
  }
  return [
    { name: 'bearer', scheme: bearer },
    passwordScheme(schemes, (tokenUrl) => ({
      type: 'oauth2',
      flow: 'password',
      tokenUrl,
      scopes: schemes.scopes,
      description: PASSWORD,
    })),
  ]
}

// The same document is read over https and over plain http.
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
      name: 'bearer',
      scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token.' },
    },
    { name: 'cookie', scheme: cookieScheme(schemes) },
    passwordScheme(schemes, (tokenUrl) => ({
      type: 'oauth2',
      flows: { password: { tokenUrl, scopes } },
      description: PASSWORD,
    })),
  ]
  if (openIdConnectUrl === undefined) return wanted
  const openIdConnect = { type: 'openIdConnect', openIdConnectUrl, description: 'An identity provider.' }
  return [...wanted, { name: 'openIdConnect', scheme: openIdConnect }]
}

// Within the responses: among the schemas it would look like one of the API's own.
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

function responseOf(document: OpenApiDocument, name: string, description: string): WantedResponse {
  const schema = ERROR_SCHEMA
  const isSwagger2 = document.swagger !== undefined
  const challenge = isSwagger2 ? { type: 'string' } : { schema: { type: 'string' } }
  const response = {
    description,
    headers: { 'WWW-Authenticate': { description: CHALLENGE, ...challenge } },
    ...(isSwagger2 ? { schema } : { content: { 'application/json': { schema } } }),
  }
  return { name, response }
}

const UNAUTHENTICATED = 'The request has no credential, or one that is not good.'
const FORBIDDEN = 'The user lacks a scope that this operation asks for.'

/** How the gate protects operations, in the words of a document's version. */
export function gateSecurity(document: OpenApiDocument, schemes: SecuritySchemes): SecurityDescription {
  const schemesOf = document.swagger === undefined ? schemesOfOpenApi : schemesOfSwagger2
  const authenticated = new Map([['401', responseOf(document, 'Unauthenticated', UNAUTHENTICATED)]])
  const authorized = new Map([...authenticated, ['403', responseOf(document, 'Forbidden', FORBIDDEN)]])
  return {
    schemes(required) {
      // Scopes that guards require are listed even where nobody has described them.
      const undescribed = Object.fromEntries(required.map((scope) => [scope, '']))
      return schemesOf({ ...schemes, scopes: { ...undescribed, ...schemes.scopes } })
    },
    responses: ({ scopes }) => (scopes.length > 0 ? authorized : authenticated),
  }
}
