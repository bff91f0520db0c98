// None, one, `(request, reply)` or more; the first may be taken apart.
const PARAMETERS =
  /^(?:async\b)?\s*(?:function\b)?[\s*]*[\w$]*\s*\(\s*(?:(?:[\w$]+|\{[^{}()]*\})\s*(?:,\s*([\w$]+)\s*(?:,[\w$\s,]*)?)?)?\)/
const SINGLE_PARAMETER = /^(?:async\s+)?[\w$]+\s*=>/

// By itself it may be an argument; with a dot behind it, or at the end of `return` or `await`, it is none.
function isHandedOn(name: string, body: string): boolean {
  const escaped = name.replaceAll('$', '\\$')
  const rest = body.replace(new RegExp(`\\b(?:return|await)\\s+${escaped}\\s*(?=[;}\\n]|$)`, 'g'), '')
  return new RegExp(`(?<![\\w$.])${escaped}(?![\\w$]|\\s*\\??\\.)`).test(rest)
}

/**
 * Whether a function may hand its request and reply on to another one, a guard above all: its source text shows what is
 * done with the second parameter. Where that cannot be read, as of a bound function, it may.
 */
export function mayHandOn(hook: (...args: never[]) => unknown): boolean {
  const source = Function.prototype.toString.call(hook)
  if (/\barguments\b|\[native code\]/.test(source)) return true
  if (SINGLE_PARAMETER.test(source)) return false
  const parameters = PARAMETERS.exec(source)
  if (!parameters) return true
  const [head, reply] = parameters
  return reply !== undefined && isHandedOn(reply, source.slice(head.length))
}
