/** A response as a value: lib decides it, plugins and routes write it. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string | Buffer | object
}

/** The part of a Fastify reply that is needed to write a response. */
export interface ReplyLike {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body?: unknown): unknown
}

export function writeHeaders(reply: ReplyLike, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
}

/** Adds a field to `Vary` and keeps those of others, such as a CORS plugin. @see RFC 9110, section 12.5.5 */
export function withVary(value: number | string | string[] | undefined, field: string): string {
  const fields = String(value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const isThere = fields.some((name) => name === '*' || name.toLowerCase() === field.toLowerCase())
  return (isThere ? fields : [...fields, field]).join(', ')
}

/** Appends cookies: Fastify collects repeated `set-cookie` headers in a list, so the app's own are kept. */
export function writeCookies(reply: ReplyLike, cookies: readonly string[]): void {
  for (const cookie of cookies) reply.header('set-cookie', cookie)
}

const isJson = (body: HttpResponse['body']): body is object =>
  typeof body === 'object' && !Buffer.isBuffer(body)

/** Writes a response. Returns nothing, because a reply is thenable and an async helper that returned it would hang. */
export function writeResponse(reply: ReplyLike, response: HttpResponse): void {
  reply.code(response.status)
  writeHeaders(reply, response.headers)
  writeCookies(reply, response.cookies ?? [])
  if (!isJson(response.body)) return void reply.send(response.body)
  // Serialized here, so that the app's reply serializer cannot change bodies whose shape is defined by a standard.
  reply.header('content-type', 'application/json; charset=utf-8')
  reply.send(JSON.stringify(response.body))
}

/** For every response of the gate: keeps credentials and documents out of all caches, also that of the Back button. */
export const NO_STORE = { 'cache-control': 'no-store' } as const

/** For responses that only pages of this origin may embed, such as documents. @see Fetch Standard, section 3.7 */
export const SAME_ORIGIN_RESOURCE = { 'cross-origin-resource-policy': 'same-origin' } as const

export const redirect = (location: string, cookies: readonly string[] = []): HttpResponse => ({
  status: 303,
  headers: { ...NO_STORE, location },
  cookies,
})
