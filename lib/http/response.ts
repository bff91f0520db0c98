/** An answer as a value: decided in lib, written by whoever holds the reply. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string | Buffer | object
}

/** What is needed of a Fastify reply to write an answer. */
export interface ReplyLike {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body?: unknown): unknown
}

export function writeHeaders(reply: ReplyLike, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
}

/** The value of Vary with one field more: what others wrote, a CORS plugin above all, stays. @see RFC 9110, section 12.5.5 */
export function withVary(value: number | string | string[] | undefined, field: string): string {
  const fields = String(value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const isThere = fields.some((name) => name === '*' || name.toLowerCase() === field.toLowerCase())
  return (isThere ? fields : [...fields, field]).join(', ')
}

/** Appends: Fastify joins repeated `set-cookie` headers to a list, the host's own included. */
export function writeCookies(reply: ReplyLike, cookies: readonly string[]): void {
  for (const cookie of cookies) reply.header('set-cookie', cookie)
}

const isJson = (body: HttpResponse['body']): body is object =>
  typeof body === 'object' && !Buffer.isBuffer(body)

/** Writes an answer and returns nothing: a reply is thenable, and awaiting one in a helper hangs. */
export function writeResponse(reply: ReplyLike, answer: HttpResponse): void {
  reply.code(answer.status)
  writeHeaders(reply, answer.headers)
  writeCookies(reply, answer.cookies ?? [])
  if (!isJson(answer.body)) return void reply.send(answer.body)
  // As text: a host's own reply serializer is not meant for these bodies, whose shape a standard rules.
  reply.header('content-type', 'application/json; charset=utf-8')
  reply.send(JSON.stringify(answer.body))
}

/** On every answer of the gate: credentials and documents stay out of every cache, the back button's included. */
export const NO_STORE = { 'cache-control': 'no-store' } as const

/** On what only pages of this site may embed, documents above all. @see Fetch Standard, section 3.7 */
export const SAME_ORIGIN_RESOURCE = { 'cross-origin-resource-policy': 'same-origin' } as const

export const redirect = (location: string, cookies: readonly string[] = []): HttpResponse => ({
  status: 303,
  headers: { ...NO_STORE, location },
  cookies,
})
