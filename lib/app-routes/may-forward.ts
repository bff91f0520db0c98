// No parameter, one, `(request, reply)` or more; the first may be destructured. The group is the name of the second.
const PARAMETERS =
  /^(?:async\b)?\s*(?:function\b)?[\s*]*[\w$]*\s*\(\s*(?:(?:[\w$]+|\{[^{}()]*\})\s*(?:,\s*([\w$]+)\s*(?:,[\w$\s,]*)?)?)?\)/
const SINGLE_PARAMETER = /^(?:async\s+)?[\w$]+\s*=>/

// Methods of a reply that Fastify and well-known plugins add. None of them calls a guard.
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

// A method that the host has added to the reply may call a guard with its `this`.
const callsAddedMethod = (escaped: string, body: string): boolean =>
  [
    ...body.matchAll(new RegExp(`(?<![\\w$.])${escaped}\\s*\\??\\.\\s*([\\w$]+)\\s*(?:\\?\\.\\s*)?\\(`, 'g')),
  ].some(([, method]) => !KNOWN_METHODS.has(method as string))

// The name by itself may be an argument. Followed by a dot, or right after `return` or `await`, it is not.
function isForwarded(name: string, body: string): boolean {
  const escaped = name.replaceAll('$', '\\$')
  const rest = body.replace(new RegExp(`\\b(?:return|await)\\s+${escaped}\\s*(?=[;}\\n]|$)`, 'g'), '')
  const isAlone = new RegExp(`(?<![\\w$.])${escaped}(?![\\w$]|\\s*\\??\\.)`).test(rest)
  return isAlone || callsAddedMethod(escaped, body)
}

/**
 * Whether a function may pass its request and reply to another function, such as a guard. The source text shows how the
 * second parameter is used. If it cannot be read, as for a bound function, the result is true.
 */
export function mayForward(hook: (...args: never[]) => unknown): boolean {
  const source = Function.prototype.toString.call(hook)
  if (/\barguments\b|\[native code\]/.test(source)) return true
  if (SINGLE_PARAMETER.test(source)) return false
  const parameters = PARAMETERS.exec(source)
  if (!parameters) return true
  const [head, reply] = parameters
  return reply !== undefined && isForwarded(reply, source.slice(head.length))
}
