/** What a request needs to match a route, in addition to its method and path: a host or a version, for example. */
export type Constraints = Readonly<Record<string, unknown>>

/** A key for constraints: equal constraints have the same key. */
export function constraintsText(constraints?: Constraints): string {
  if (!constraints) return '[]'
  const entries = Object.entries(constraints).filter(([, value]) => value !== undefined)
  const texts = entries.map(([name, value]) => [name, value instanceof RegExp ? String(value) : value])
  return JSON.stringify(texts.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

const REGEXP = /^\/(.+)\/([a-z]*)$/s

/** Parses constraints as `printRoutes()` prints them, with regular expressions as strings. */
export function readConstraints(json: string): Constraints {
  const { host, ...others } = JSON.parse(json) as Record<string, unknown>
  const [, source, flags] = REGEXP.exec(String(host)) ?? []
  if (host === undefined) return others
  return { ...others, host: source === undefined ? host : new RegExp(source, flags) }
}

const GROUP = /\((?:\?:|\?<\w+>)?([^()|]*)(?:\|[^()]*)?\)/
const CLASS = /\[[^\]]*\]|\\[dDwWsS]|(?<!\\)\./g
const NAMES = ['api', 'a', '1']

/** A host name that a regular expression matches; undefined if none is found. */
function textMatching(pattern: RegExp): string | undefined {
  let source = pattern.source.replace(/(?<!\\)[$^]/g, '')
  while (GROUP.test(source)) source = source.replace(GROUP, '$1')
  const [first = ''] = source.split('|')
  const texts = NAMES.map((name) =>
    first
      .replace(CLASS, name)
      .replace(/[*+?]|\{[\d,]*\}/g, '')
      .replaceAll('\\', ''),
  )
  // With the flags `g` and `y`, `test()` would continue after the previous match.
  const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return texts.find((text) => once.test(text))
}

const hostMatching = (host: unknown): string | undefined =>
  host instanceof RegExp ? textMatching(host) : String(host)

/** The headers of a request that meets constraints; undefined for the host's custom constraints. */
export function headersMeeting({
  host,
  version,
  ...others
}: Constraints): Record<string, string> | undefined {
  if (Object.values(others).some((value) => value !== undefined)) return undefined
  const headers: Record<string, string> = {}
  if (version !== undefined) headers['accept-version'] = String(version)
  if (host === undefined) return headers
  const name = hostMatching(host)
  return name === undefined ? undefined : { ...headers, host: name }
}
