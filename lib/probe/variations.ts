import type { ProbeRequest, Service } from './request.ts'

/** One way to request a path. */
export interface Variation {
  readonly name: string
  readonly request: (path: string) => ProbeRequest
}

const encode = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
const lastOf = (path: string): number => path.lastIndexOf('/') + 1
/** Changes the last segment of a path. */
const inLast = (path: string, change: (segment: string) => string): string =>
  path.slice(0, lastOf(path)) + change(path.slice(lastOf(path)))
const firstSlash = (path: string): number => path.indexOf('/', 1)

/** Spellings that a router, or a check in front of it, may treat as the same path. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'first letter encoded': (path) => `/${encode(path.charAt(1))}${path.slice(2)}`,
  'first letter encoded in upper case': (path) => `/${encode(path.charAt(1)).toUpperCase()}${path.slice(2)}`,
  'last letter encoded': (path) => path.slice(0, -1) + encode(path.slice(-1)),
  'last name encoded': (path) => inLast(path, (name) => [...name].map(encode).join('')),
  'first letter encoded twice': (path) => `/%25${encode(path.charAt(1)).slice(1)}${path.slice(2)}`,
  'slash encoded': (path) => `${path.slice(0, 1)}${path.slice(1).replaceAll('/', '%2f')}`,
  'slash encoded in front': (path) => `/%2f${path.slice(1)}`,
  'slash encoded at the end': (path) => `${path}%2f`,
  'slash encoded twice': (path) => `/${path.slice(1).replaceAll('/', '%252f')}%252f`,
  'dot encoded': (path) => path.replaceAll('.', '%2e'),
  'double slash in front': (path) => `/${path}`,
  'three slashes in front': (path) => `//${path}`,
  'double slash inside': (path) => `${path.slice(0, lastOf(path))}/${path.slice(lastOf(path))}`,
  'slash at the end': (path) => `${path}/`,
  'double slash at the end': (path) => `${path}//`,
  'upper case': (path) => path.toUpperCase(),
  'first letter in upper case': (path) => `/${path.charAt(1).toUpperCase()}${path.slice(2)}`,
  'last letter in upper case': (path) => path.slice(0, -1) + path.slice(-1).toUpperCase(),
  'semicolon at the end': (path) => `${path};`,
  'parameter at the end': (path) => `${path};a=b`,
  'parameter that looks like a file': (path) => `${path};.css`,
  'parameter inside': (path) => {
    const end = firstSlash(path)
    return end === -1 ? `${path};a/` : `${path.slice(0, end)};a${path.slice(end)}`
  },
  'dot segment in front': (path) => `/.${path}`,
  'dot segment inside': (path) => `${path.slice(0, lastOf(path))}./${path.slice(lastOf(path))}`,
  'dot segment at the end': (path) => `${path}/.`,
  'encoded dot segment in front': (path) => `/%2e${path}`,
  'parent segment in front': (path) => `/x/..${path}`,
  'encoded parent segment in front': (path) => `/x/%2e%2e${path}`,
  'parent segment with a parameter': (path) => `/x/..;${path}`,
  'parent segment with an encoded slash': (path) => `/x/..%2f${path.slice(1)}`,
  'parent segment inside': (path) => `${path.slice(0, lastOf(path))}x/../${path.slice(lastOf(path))}`,
  'backslash in front': (path) => `/\\${path.slice(1)}`,
  'backslash instead of slash': (path) => path.replaceAll('/', '\\'),
  'backslash inside': (path) => `/${path.slice(1).replaceAll('/', '\\')}`,
  'backslash at the end': (path) => `${path}\\`,
  'encoded backslash in front': (path) => `/%5c${path.slice(1)}`,
  query: (path) => `${path}?a=b`,
  'empty query': (path) => `${path}?`,
  'query with a path': (path) => `${path}?/auth/login`,
  fragment: (path) => `${path}#a`,
  'encoded question mark': (path) => `${path}%3f`,
  'encoded number sign': (path) => `${path}%23`,
  'NUL at the end': (path) => `${path}%00`,
  'space at the end': (path) => `${path}%20`,
  'tab at the end': (path) => `${path}%09`,
  'line feed at the end': (path) => `${path}%0a`,
  'overlong slash': (path) => `/${path.slice(1)}%c0%af`,
  'broken encoding at the end': (path) => `${path}%`,
  extension: (path) => `${path}.json`,
  'page extension': (path) => `${path}.html`,
  'no slash in front': (path) => path.slice(1),
  'asterisk in front': (path) => `*${path}`,
  'asterisk instead of slash': (path) => `*${path.slice(1)}`,
}

const METHODS = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'a range': ['Range: bytes=0-199'],
  'the end as a range': ['Range: bytes=-200'],
  'a range that is none': ['Range: bytes=999999999-'],
  'If-None-Match': ['If-None-Match: *'],
  'If-Match': ['If-Match: *'],
  'If-Match that matches nothing': ['If-Match: "docs-gate"'],
  'If-Modified-Since': ['If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'],
  'If-Unmodified-Since': ['If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT'],
  'a page wanted': ['Accept: text/html'],
  'JSON wanted': ['Accept: application/json'],
  'YAML wanted': ['Accept: application/yaml'],
  'a document wanted': ['Accept: application/vnd.oai.openapi+json'],
  'nothing wanted': ['Accept: application/x-docs-gate'],
  compression: ['Accept-Encoding: gzip, deflate, br'],
  'any version': ['Accept-Version: *'],
  'a navigation': [
    'Accept: text/html',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Dest: document',
    'Sec-Fetch-Site: none',
  ],
  'a request of the page': [
    'Sec-Fetch-Mode: cors',
    'Sec-Fetch-Site: same-origin',
    'X-Requested-With: XMLHttpRequest',
  ],
  'another origin': ['Origin: https://docs-gate.invalid'],
  'an empty Basic': ['Authorization: Basic Og=='],
  'Basic that is none': ['Authorization: Basic'],
  'an empty Bearer': ['Authorization: Bearer'],
  'Bearer null': ['Authorization: Bearer null'],
  'an unsigned token': ['Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ4In0.'],
  'another scheme': ['Authorization: Negotiate x'],
  'a cookie': ['Cookie: session=x; token=null; docs-gate=x'],
  'forwarded for localhost': [
    'X-Forwarded-For: 127.0.0.1',
    'X-Real-IP: 127.0.0.1',
    'Forwarded: for=127.0.0.1',
  ],
  'forwarded by https': ['X-Forwarded-Proto: https', 'X-Forwarded-Host: localhost'],
  'a forwarded prefix': ['X-Forwarded-Prefix: /x'],
  'a forwarded GET': ['X-Forwarded-Method: OPTIONS', 'X-Forwarded-Uri: /'],
  'an old client': ['User-Agent: curl/8.0'],
}

// Some proxies and frameworks let these headers replace the path.
const REPLACED = ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Uri', 'X-Original-URI']

/** All ways to request a path except a plain GET. */
export function variationsOf({ host, isTls }: Service): readonly Variation[] {
  const plain: Omit<ProbeRequest, 'target'> = { method: 'GET', headers: [], host, version: '1.1' }
  const scheme = isTls ? 'https' : 'http'
  const preflight = ['Origin: https://docs-gate.invalid', 'Access-Control-Request-Method: GET']
  const spelled = Object.entries(SPELLINGS).map(([name, spell]) => ({
    name,
    request: (path: string) => ({ ...plain, target: spell(path) }),
  }))
  const absolute = [
    `${scheme}://${host}`,
    `${scheme.toUpperCase()}://${host}`,
    `${scheme}://a:b@${host}`,
  ].map((origin) => ({ name: origin, request: (path: string) => ({ ...plain, target: origin + path }) }))
  const methods = METHODS.map((method) => ({
    name: method,
    request: (path: string) => ({ ...plain, method, target: path }),
  }))
  const headers = Object.entries(HEADERS).map(([name, lines]) => ({
    name,
    request: (path: string) => ({ ...plain, headers: lines, target: path }),
  }))
  const replaced = REPLACED.map((name) => ({
    name,
    request: (path: string) => ({ ...plain, headers: [`${name}: ${path}`], target: '/' }),
  }))
  const hosts = ['localhost', '127.0.0.1', ''].map((name) => ({
    name: `Host: ${name}`,
    request: (path: string) => ({ ...plain, host: name, target: path }),
  }))
  return [
    ...spelled,
    ...absolute,
    ...methods,
    ...headers,
    ...replaced,
    ...hosts,
    { name: 'HTTP/1.0', request: (path) => ({ ...plain, version: '1.0', target: path }) },
    {
      name: 'HTTP/1.0 without Host',
      request: (path) => ({ ...plain, version: '1.0', host: null, target: path }),
    },
    {
      name: 'a preflight',
      request: (path) => ({ ...plain, method: 'OPTIONS', headers: preflight, target: path }),
    },
    {
      name: 'POST as GET',
      request: (path) => ({
        ...plain,
        method: 'POST',
        headers: ['X-HTTP-Method-Override: GET'],
        target: path,
      }),
    },
  ]
}

/** A plain GET for a path. */
export const plainRequest = ({ host }: Service, path: string): ProbeRequest => ({
  method: 'GET',
  target: path,
  headers: [],
  host,
  version: '1.1',
})
