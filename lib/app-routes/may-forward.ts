// None, one, `(request, reply)` or more; the first may be taken apart.
const PARAMETERS =
  /^(?:async\b)?\s*(?:function\b)?[\s*]*[\w$]*\s*\(\s*(?:(?:[\w$]+|\{[^{}()]*\})\s*(?:,\s*([\w$]+)\s*(?:,[\w$\s,]*)?)?)?\)/
const SINGLE_PARAMETER = /^(?:async\s+)?[\w$]+\s*=>/

// Of Fastify, and of well-known plugins: for cookies, files, views, tokens and headers.
const KNOWN_METHODS = new Set(
  (
    'code status send header headers getHeader getHeaders hasHeader removeHeader trailer hasTrailer removeTrailer ' +
    'redirect callNotFound type serializer serialize serializeInput getSerializationFunction ' +
    'compileSerializationSchema writeEarlyHints hijack then ' +
    'cookie setCookie clearCookie signCookie unsignCookie sendFile download view viewAsync compress generateCsrf ' +
    'jwtSign helmet vary cacheControl expires etag lastModified from sse ' +
    'notFound badRequest unauthorized forbidden conflict internalServerError getHttpError'
  ).split(' '),
)

// A method that the host has added may call a guard with the reply, which is its `this`.
const callsAddedMethod = (escaped: string, body: string): boolean =>
  [
    ...body.matchAll(new RegExp(`(?<![\\w$.])${escaped}\\s*\\??\\.\\s*([\\w$]+)\\s*(?:\\?\\.\\s*)?\\(`, 'g')),
  ].some(([, method]) => !KNOWN_METHODS.has(method as string))

// By itself it may be an argument; with a dot behind it, or at the end of `return` or `await`, it is none.
function isHandedOn(name: string, body: string): boolean {
  const escaped = name.replaceAll('$', '\\$')
  const rest = body.replace(new RegExp(`\\b(?:return|await)\\s+${escaped}\\s*(?=[;}\\n]|$)`, 'g'), '')
  const isAlone = new RegExp(`(?<![\\w$.])${escaped}(?![\\w$]|\\s*\\??\\.)`).test(rest)
  return isAlone || callsAddedMethod(escaped, body)
}

/**
 * Whether a function may hand its request and reply on to another one, a guard above all: its source text shows what is
 * done with the second parameter. Where that cannot be read, as of a bound function, it may.
 */
export function mayForward(hook: (...args: never[]) => unknown): boolean {
  const source = Function.prototype.toString.call(hook)
  if (/\barguments\b|\[native code\]/.test(source)) return true
  if (SINGLE_PARAMETER.test(source)) return false
  const parameters = PARAMETERS.exec(source)
  if (!parameters) return true
  const [head, reply] = parameters
  return reply !== undefined && isHandedOn(reply, source.slice(head.length))
}
