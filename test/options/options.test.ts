import { generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import { OptionsError } from '../../lib/errors.ts'
import { authorizeArguments } from '../../lib/options/authorize.ts'
import { resolveSettings, type Settings } from '../../lib/options/settings.ts'
import { usersOption } from '../../lib/options/users-option.ts'
import { ENGLISH } from '../../lib/pages/texts.ts'
import {
  describeValue,
  destination,
  positiveInteger,
  readOptions,
  routePath,
} from '../../lib/validation/option.ts'
import { HASHES, SECRET, USERS } from '../helper.ts'

const KEY = Buffer.alloc(32)
const PASSWORD = 'hunter2-the-password'
const GOOD = { users: USERS, secret: SECRET }
const settings = (options: object): Settings => resolveSettings({ ...GOOD, ...options })

/** What a client of node-redis looks like, changed. */
const redisOf = (over: object): object => ({
  isOpen: true,
  isPubSubActive: false,
  duplicate: () => {},
  withTypeMapping: () => {},
  sendCommand: () => {},
  ...over,
})

/** Asserts a refusal by its code, the option's name at the start, a remedy, and that nothing secret is in it. */
function refused(
  t: Test,
  run: () => unknown,
  option: string,
  label: string,
  pattern?: RegExp | string,
): void {
  let error: unknown
  try {
    run()
  } catch (thrown) {
    error = thrown
  }
  if (!(error instanceof TypeError)) {
    t.fail(`${label}: ${error === undefined ? 'accepted' : `not a TypeError: ${String(error)}`}`)
    return
  }
  t.ok(error instanceof OptionsError, label)
  t.match(error, { code: 'DOCS_GATE_OPTIONS' }, label)
  const { message } = error
  t.ok(
    message.startsWith(`${option}:`) || message.startsWith(`${option} is not an option;`),
    `${label}: ${message}`,
  )
  t.match(
    message,
    /\b(?:write|create) |; \w+(\[\d\])?(\.\w+)* has /,
    `${label}: what to write instead: ${message}`,
  )
  if (pattern !== undefined) t.match(message, pattern, label)
  for (const secret of [PASSWORD, SECRET, 'hunter2'])
    t.notOk(message.includes(secret), `${label} shows nothing secret`)
}

t.test('with users alone, every other option has its documented default', async (t) => {
  const made = resolveSettings({ users: USERS })
  t.match(made, {
    routePrefix: '/auth',
    login: { mode: 'basic', realm: 'API documentation', redirectTo: undefined },
    logout: { redirectTo: undefined },
    session: {
      idleTimeoutSeconds: 1800,
      absoluteTimeoutSeconds: 43_200,
      maxPerUser: 100,
      issuer: 'docs-gate',
      cookie: { name: 'docs-gate', domain: undefined, secure: 'auto', sameSite: 'lax' },
      store: 'memory',
    },
    keys: [{ algorithm: 'HS256' }],
    hasRandomSecret: true,
    docs: [
      { path: '/docs', spec: '/openapi', scopes: [], source: undefined, title: undefined, uiConfig: {} },
    ],
    swagger: {},
    pages: { title: undefined, texts: ENGLISH },
    decoratorName: 'user',
  })
  t.strictSame([...made.trustedOrigins], [])
  t.equal(made.docs.length, 1)
  t.equal(made.login.throttle, true)
  t.ok(Number.isSafeInteger(made.login.maxConcurrentHashes) && made.login.maxConcurrentHashes >= 1)
  t.not(made.keys[0].kid, resolveSettings({ users: USERS }).keys[0].kid, 'a random secret each time')
  t.equal(settings({}).hasRandomSecret, false)

  const absent = Object.fromEntries(
    [
      'routePrefix',
      'login',
      'logout',
      'session',
      'docs',
      'swagger',
      'pages',
      'trustedOrigins',
      'decoratorName',
    ].map((name) => [name, undefined]),
  )
  const known = ({ keys: _keys, directory: _directory, ...rest }: Settings) => rest
  t.strictSame(
    known(resolveSettings({ users: USERS, secret: undefined, ...absent })),
    known(made),
    'undefined is absent',
  )
  const inner = {
    login: { mode: undefined, realm: undefined, redirectTo: undefined },
    logout: { redirectTo: undefined },
    session: {
      idleTimeoutSeconds: undefined,
      absoluteTimeoutSeconds: undefined,
      maxPerUser: undefined,
      issuer: undefined,
      store: undefined,
      cookie: { name: undefined, domain: undefined, secure: undefined, sameSite: undefined },
    },
    docs: {
      path: undefined,
      spec: undefined,
      scopes: undefined,
      source: undefined,
      title: undefined,
      uiConfig: undefined,
    },
    pages: { title: undefined, texts: undefined },
  }
  t.strictSame(known(resolveSettings({ users: USERS, ...inner })), known(made), 'and within')
})

t.test('every valid option is in the settings', async (t) => {
  const store = { get: () => null, set: () => {}, delete: () => {}, list: () => [] }
  class Store {
    get = store.get
    set = store.set
    delete = store.delete
    list = store.list
  }
  const instance = new Store()
  const openapi = { openapi: '3.1.0' }
  const redis = redisOf({})
  const table: [object, object][] = [
    [{ prefix: undefined, logLevel: undefined, logSerializers: undefined }, {}],
    [{ routePrefix: '/v1/sign-in_~.x' }, { routePrefix: '/v1/sign-in_~.x' }],
    [{ routePrefix: '/.well-known/auth' }, { routePrefix: '/.well-known/auth' }],
    [{ routePrefix: '/', login: { mode: 'form' } }, { routePrefix: '' }],
    [{ login: { mode: 'form', realm: 'a "b" \\' } }, { login: { mode: 'form', realm: 'a "b" \\' } }],
    [{ login: { redirectTo: '/start?a=1#b' } }, { login: { redirectTo: '/start?a=1#b' } }],
    [{ login: { redirectTo: 'https://example.com' } }, { login: { redirectTo: 'https://example.com/' } }],
    [{ logout: { redirectTo: '/a b' } }, { logout: { redirectTo: '/a%20b' } }],
    [
      { logout: { redirectTo: 'HTTP://Example.com/Bye' } },
      { logout: { redirectTo: 'http://example.com/Bye' } },
    ],
    [
      { session: { idleTimeoutSeconds: 60, absoluteTimeoutSeconds: 60, maxPerUser: 1, issuer: 'https://a' } },
      { session: { idleTimeoutSeconds: 60, absoluteTimeoutSeconds: 60, maxPerUser: 1, issuer: 'https://a' } },
    ],
    [
      { session: { idleTimeoutSeconds: 90_000 } },
      { session: { idleTimeoutSeconds: 90_000, absoluteTimeoutSeconds: 90_000 } },
    ],
    [
      {
        session: {
          cookie: { name: 'a!#$%&*+-.^_|~1', domain: '.Example.com', secure: true, sameSite: 'strict' },
        },
      },
      {
        session: {
          cookie: { name: 'a!#$%&*+-.^_|~1', domain: '.Example.com', secure: true, sameSite: 'strict' },
        },
      },
    ],
    [
      { session: { cookie: { secure: false, sameSite: 'lax', domain: 'localhost' } } },
      { session: { cookie: { secure: false, sameSite: 'lax', domain: 'localhost' } } },
    ],
    [{ session: { cookie: { secure: 'auto' } } }, { session: { cookie: { secure: 'auto' } } }],
    [{ session: { store: 'stateless' } }, { session: { store: 'stateless' } }],
    [{ session: { store: 'memory' } }, { session: { store: 'memory' } }],
    [{ session: { store } }, { session: { store } }],
    [{ session: { store: instance } }, { session: { store: instance } }],
    [{ docs: { path: '/a' } }, { docs: [{ path: '/a', spec: '/openapi' }] }],
    [{ docs: { path: '/a', spec: '/a' } }, { docs: [{ path: '/a', spec: '/a' }] }],
    [
      { docs: { scopes: ['read'], title: 'T', source: './openapi.yaml', uiConfig: { deepLinking: true } } },
      { docs: [{ scopes: ['read'], title: 'T', source: './openapi.yaml', uiConfig: { deepLinking: true } }] },
    ],
    [{ docs: { source: openapi } }, { docs: [{ source: openapi }] }],
    [
      { docs: [{ path: '/a' }, { path: '/ab', spec: '/c' }] },
      {
        docs: [
          { path: '/a', spec: '/a/openapi' },
          { path: '/ab', spec: '/c' },
        ],
      },
    ],
    [{ docs: [{}] }, { docs: [{ path: '/docs', spec: '/docs/openapi' }] }],
    [{ docs: { path: '/authors', spec: '/auth-api' } }, { docs: [{ path: '/authors', spec: '/auth-api' }] }],
    [{ swagger: { openapi: {} } }, { swagger: { openapi: {} } }],
    [
      { pages: { title: 'P', texts: { signIn: 'Anmelden' } } },
      { pages: { title: 'P', texts: { signIn: 'Anmelden' } } },
    ],
    [
      { pages: { texts: { signIn: undefined, logOut: 'Abmelden' } } },
      { pages: { texts: { ...ENGLISH, logOut: 'Abmelden' } } },
    ],
    [
      { login: { throttle: false, maxConcurrentHashes: 3 } },
      { login: { throttle: false, maxConcurrentHashes: 3 } },
    ],
    [{ session: { store: redis } }, { session: { store: redis } }],
    [{ pages: { texts: { signIn: '' } } }, { pages: { texts: { ...ENGLISH, signIn: '' } } }],
    [{ decoratorName: '$me_1' }, { decoratorName: '$me_1' }],
    [{ users: { verify: () => null } }, { directory: { verify: Function, find: undefined } }],
  ]
  for (const [options, expected] of table) t.match(settings(options), expected, JSON.stringify(options))
  const origin = 'https://api.example.com'
  const publicUrls = [undefined, origin, `${origin}/`, `${origin}/internal//`, 'HTTP://LOCALHOST:80/a/../b']
  t.strictSame(
    publicUrls.map((publicUrl) => settings({ publicUrl }).publicUrl),
    [undefined, origin, origin, `${origin}/internal`, 'http://localhost/b'],
  )
  const sources = { connectSources: [origin, origin, 'http://[::1]:81'], imageSources: ['https:'] }
  t.match(settings({ docs: sources }).docs[0], {
    connectSources: [origin, 'http://[::1]:81'],
    imageSources: ['https:'],
  })
  t.match(settings({}).docs[0], { connectSources: [], imageSources: [] })
  t.strictSame(settings({ docs: false }).docs, [])
  t.strictSame(settings({ docs: [] }).docs, [])
  const origins = ['https://app.example.com', 'http://localhost:8080', 'http://[::1]:1']
  t.strictSame([...settings({ trustedOrigins: origins }).trustedOrigins], origins)

  const scopes = ['read']
  const texts = { signIn: 'x' }
  const made = settings({ docs: { scopes }, pages: { texts }, trustedOrigins: origins })
  scopes.push('admin')
  texts.signIn = 'y'
  origins.push('https://evil.com')
  t.strictSame(made.docs[0]?.scopes, ['read'], 'what the caller changes later changes nothing')
  t.equal(made.pages.texts.signIn, 'x')
  t.equal(made.trustedOrigins.size, 3)
})

const NOT_OBJECTS: unknown[] = [null, 'x', 1, true, [], [{}]]
const NOT_COUNTS: unknown[] = [
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  '10',
  null,
  [],
  [1],
  {},
  true,
  1n,
]
const NOT_TEXTS: unknown[] = ['', ' ', '\t\n', 1, null, {}, ['x'], true]
const NOT_PATHS: unknown[] = [
  '',
  '/',
  'docs',
  '/docs/',
  '//docs',
  '/a//b',
  '/docs?x',
  '/docs#x',
  '/docs*',
  '/:docs',
  '/docs(.*)',
  '/d%6fcs',
  '/dócs',
  '/a b',
  '/docs\n',
  '/a;b',
  '/a\\b',
  '/..',
  '/a/../b',
  '/a/./b',
  '/.',
  'https://example.com/docs',
  1,
  null,
  {},
  ['/docs'],
]
const NOT_DESTINATIONS: unknown[] = [
  '',
  'docs',
  './docs',
  '//evil.com',
  '/\\evil.com',
  '/\t/evil.com',
  ' /docs',
  'http:/evil.com',
  'http:evil.com',
  'http://',
  'http://[',
  'javascript:alert(1)',
  'data:text/html,x',
  'ftp://example.com',
  '?a',
  1,
  null,
  {},
  ['/docs'],
]

type Row = readonly [
  option: string,
  options: (value: unknown) => object,
  values: readonly unknown[],
  pattern?: RegExp,
]

const BAD: readonly Row[] = [
  ['login', (login) => ({ login }), NOT_OBJECTS],
  ['logout', (logout) => ({ logout }), NOT_OBJECTS],
  ['session', (session) => ({ session }), NOT_OBJECTS],
  ['session.cookie', (cookie) => ({ session: { cookie } }), NOT_OBJECTS],
  ['pages', (pages) => ({ pages }), NOT_OBJECTS],
  ['pages.texts', (texts) => ({ pages: { texts } }), NOT_OBJECTS],
  ['docs', (docs) => ({ docs }), [null, 'x', 1, true]],
  ['docs[1]', (item) => ({ docs: [{ path: '/a' }, item] }), [null, 'x', 1, true, false, []]],
  ['docs.uiConfig', (uiConfig) => ({ docs: { uiConfig } }), NOT_OBJECTS],
  [
    'docs.visible',
    (visible) => ({ docs: { visible } }),
    [null, 'x', 1, true, {}],
    /function of an operation/,
  ],
  ['docs.visible', (visible) => ({ docs: { visible } }), [async () => true], /not async/],
  ['swagger', (swagger) => ({ swagger }), [null, 'x', 1, true, false], /@fastify\/swagger/],
  ['session.idleTimeoutSeconds', (idleTimeoutSeconds) => ({ session: { idleTimeoutSeconds } }), NOT_COUNTS],
  [
    'session.absoluteTimeoutSeconds',
    (absoluteTimeoutSeconds) => ({ session: { absoluteTimeoutSeconds } }),
    NOT_COUNTS,
  ],
  [
    'session.absoluteTimeoutSeconds',
    (absoluteTimeoutSeconds) => ({ session: { absoluteTimeoutSeconds, idleTimeoutSeconds: 100 } }),
    [99, 1],
    /at least the idle timeout, 100, not /,
  ],
  [
    'session.absoluteTimeoutSeconds',
    (absoluteTimeoutSeconds) => ({ session: { absoluteTimeoutSeconds } }),
    [1799],
    /1800/,
  ],
  ['session.maxPerUser', (maxPerUser) => ({ session: { maxPerUser } }), NOT_COUNTS],
  ['session.issuer', (issuer) => ({ session: { issuer } }), [...NOT_TEXTS, 'a b', 'a\u00a0b', 'a\n']],
  [
    'session.cookie.name',
    (name) => ({ session: { cookie: { name } } }),
    [...NOT_TEXTS, 'a b', 'a=b', 'a;b', 'a"', 'ü', 'a\n', '__Host-a', '__host-a', '__Secure-a', '__SECURE-'],
  ],
  [
    'session.cookie.domain',
    (domain) => ({ session: { cookie: { domain } } }),
    [
      '',
      ' ',
      '.',
      'a..b',
      'a;b',
      'a; Secure',
      'https://a',
      'a:80',
      'a/b',
      'ü.de',
      '..a',
      'a\n',
      1,
      null,
      {},
      ['a'],
    ],
    /example\.com/,
  ],
  [
    'session.cookie.secure',
    (secure) => ({ session: { cookie: { secure } } }),
    ['', 'true', 1, 0, null, {}, 'AUTO'],
    /"auto" or true or false/,
  ],
  [
    'session.cookie.sameSite',
    (sameSite) => ({ session: { cookie: { sameSite } } }),
    ['none', 'Lax', '', true, null, {}],
    /"lax" or "strict"/,
  ],
  [
    'session.store',
    (store) => ({ session: { store } }),
    [
      null,
      '',
      'redis',
      `redis://user:${PASSWORD}@localhost:6379`,
      `rediss://:hunter2/with/slashes@localhost`,
      1,
      true,
      {},
      [],
      () => {},
      { get() {}, set() {}, delete() {} },
      { get() {}, set() {}, delete() {}, list: 1 },
      new Map(),
    ],
    /"memory", "stateless"/,
  ],
  [
    'login.mode',
    (mode) => ({ login: { mode } }),
    ['', 'Basic', 'oauth', 1, null, true, {}, ['basic']],
    /"basic" or "form"/,
  ],
  [
    'login.realm',
    (realm) => ({ login: { realm } }),
    [...NOT_TEXTS, 'Dokumentation für alle', 'a\nb', 'a\r\nSet-Cookie: x', '\x7f', '“a”'],
  ],
  [
    'login.redirectTo',
    (redirectTo) => ({ login: { redirectTo } }),
    NOT_DESTINATIONS,
    /begins with one slash/,
  ],
  [
    'logout.redirectTo',
    (redirectTo) => ({ logout: { redirectTo } }),
    NOT_DESTINATIONS,
    /begins with one slash/,
  ],
  ['allowOpenDocs', (allowOpenDocs) => ({ allowOpenDocs }), [null, 0, 'yes', {}, []], /true or false/],
  [
    'allowEarlyRoutes',
    (allowEarlyRoutes) => ({ allowEarlyRoutes }),
    [null, 0, 'yes', {}, []],
    /true or false/,
  ],
  ['login.throttle', (throttle) => ({ login: { throttle } }), [null, 0, 'off', {}, []], /true or false/],
  ['login.maxConcurrentHashes', (maxConcurrentHashes) => ({ login: { maxConcurrentHashes } }), NOT_COUNTS],
  [
    'session.store',
    (over) => ({ session: { store: redisOf(over as object) } }),
    [
      { isOpen: undefined, status: 'ready' },
      { isOpen: undefined },
      { duplicate: undefined },
      { withTypeMapping: undefined },
      { isPubSubActive: undefined },
      { isOpen: false },
    ],
    /write a connected client of the package redis, version 5 or 6/,
  ],
  ['routePrefix', (routePrefix) => ({ routePrefix }), NOT_PATHS, /"\/auth"/],
  [
    'routePrefix',
    (routePrefix) => ({ routePrefix }),
    ['/'],
    /in basic mode: a browser sends Basic credentials/,
  ],
  ['routePrefix', (routePrefix) => ({ routePrefix, login: { mode: 'basic' } }), ['/'], /in basic mode/],
  ['routePrefix', (routePrefix) => ({ routePrefix, login: { mode: 'form' } }), ['', '//', '/x/']],
  ['docs.path', (path) => ({ docs: { path } }), NOT_PATHS, /"\/docs"/],
  ['docs.spec', (spec) => ({ docs: { spec } }), NOT_PATHS, /"\/openapi"/],
  [
    'docs.spec',
    (spec) => ({ docs: { spec } }),
    ['/api.json', '/api.yaml', '/api.yml', '/api.JSON'],
    /write "\/api", to which \.json and \.yaml are added, not "\/api\.\w+"$/,
  ],
  ['docs[0].path', (path) => ({ docs: [{ path }] }), NOT_PATHS],
  ['docs[0].spec', (spec) => ({ docs: [{ spec }] }), NOT_PATHS, /"\/docs\/openapi"/],
  [
    'docs.scopes',
    (scopes) => ({ docs: { scopes } }),
    ['read', [1], ['a b'], [''], null, {}, ['ü']],
    /without spaces/,
  ],
  ['docs.scopes', (scope) => ({ docs: { scopes: ['read', scope] } }), ['a b', 1], /, not (?:"a b"|1)$/],
  [
    'docs.scopes',
    (scope) => ({ docs: { scopes: [scope, scope] } }),
    ['a'.repeat(1000)],
    /1,500 characters in all, not a list of 2$/,
  ],
  [
    'docs.source',
    (source) => ({ docs: { source } }),
    ['', null, 1, true, () => {}],
    /the path of a document/,
  ],
  ['docs.title', (title) => ({ docs: { title } }), NOT_TEXTS],
  ['pages.title', (title) => ({ pages: { title } }), NOT_TEXTS],
  ['pages.texts.signIn', (signIn) => ({ pages: { texts: { signIn } } }), [1, null, {}, ['x']]],
  [
    'publicUrl',
    (publicUrl) => ({ publicUrl }),
    [
      '',
      '/internal',
      '//api.example.com',
      'api.example.com',
      'ftp://api.example.com',
      'javascript:alert(1)',
      'https://',
      'https:///',
      'https://api.example.com/a b',
      ' https://api.example.com',
      'https://api.example.com\n',
      'https:\\\\api.example.com',
      'https://api.example.com\\x',
      'https://api.example.com/?',
      'https://api.example.com/?a=b',
      'https://api.example.com/#',
      `https://johndoe:${PASSWORD}@api.example.com`,
      'https://johndoe@api.example.com',
      1,
      null,
      {},
      ['https://api.example.com'],
      new URL('https://api.example.com'),
    ],
    /like "https:\/\/api\.example\.com\/internal"/,
  ],
  [
    'docs.connectSources',
    (connectSources) => ({ docs: { connectSources } }),
    ['https://a.example', null, 1, {}, new Set(['https://a.example'])],
    /a list of exact origins/,
  ],
  ...['connectSources', 'imageSources'].map(
    (name): Row => [
      `docs[0].${name}[1]`,
      (one) => ({ docs: [{ [name]: ['https://good.example.com', one] }] }),
      [
        '',
        '*',
        "'self'",
        "'unsafe-inline'",
        'data:',
        'http:',
        'https://*.example.com',
        'https://a.example.com/',
        'https://a.example.com/x',
        'https://A.example.com',
        'https://a.example.com:443',
        'https://a;script-src',
        'https://a, https://b',
        'https://a https://b',
        'a.example.com',
        '//a.example.com',
        'wss://a.example.com',
        `https://user:${PASSWORD}@a.example.com`,
        1,
        null,
        undefined,
        {},
        ...(name === 'connectSources' ? ['https:'] : []),
      ],
      /exact origins like "https:/,
    ],
  ),
  [
    'trustedOrigins',
    (trustedOrigins) => ({ trustedOrigins }),
    ['https://a', null, 1, {}, new Set(['https://a'])],
    /a list of exact origins/,
  ],
  [
    'trustedOrigins[1]',
    (origin) => ({ trustedOrigins: ['https://good.example.com', origin] }),
    [
      '',
      '*',
      'null',
      'a.example.com',
      '//a.example.com',
      'https://a.example.com/',
      'https://a.example.com/x',
      'https://A.example.com',
      'https://a.example.com:443',
      'https://*.example.com',
      `https://user:${PASSWORD}@a.example.com`,
      'file:///x',
      'chrome-extension://abc',
      1,
      null,
      undefined,
      {},
      /https/,
    ],
    /exact origins like "https:/,
  ],
  [
    'decoratorName',
    (decoratorName) => ({ decoratorName }),
    [...NOT_TEXTS, '1a', 'a-b', 'a.b', 'a b', 'ü', 'a\n'],
  ],
  [
    'decoratorName',
    (decoratorName) => ({ decoratorName }),
    ['__proto__', 'constructor', 'prototype', 'id', 'ip', 'headers', 'routeOptions', 'is404', 'mediaType'],
    /a Fastify request does not have itself/,
  ],
  [
    'secret',
    (secret) => ({ secret }),
    ['', 'short-hunter2', null, 1, true, {}, [], ['short-hunter2'], 'x'.repeat(40)],
  ],
  ['secret', (secret) => ({ secret }), [[]], /write at least one secret, .* not an empty list$/],
  ['secret', (secret) => ({ secret: [SECRET, secret] }), ['short-hunter2', null, undefined]],
  [
    'secret',
    (secret) => ({ secret }),
    [
      [SECRET, SECRET],
      [SECRET, Buffer.from(SECRET)],
    ],
    /write each secret once/,
  ],
  ['prefix', (prefix) => ({ prefix }), ['/v1', '', null, 1], /write routePrefix and docs\.path/],
  ['logLevel', (logLevel) => ({ logLevel }), ['warn', null], /has no effect here; write it where the scope/],
  ['logSerializers', (logSerializers) => ({ logSerializers }), [{}], /has no effect here; write them where/],
  [
    'options.userz',
    (userz) => ({ userz }),
    [USERS, undefined, PASSWORD],
    /options has users, secret, .*, allowEarlyRoutes$/,
  ],
  ['login.modes', (modes) => ({ login: { modes } }), ['form'], /login has mode, realm, redirectTo/],
  ['logout.to', (to) => ({ logout: { to } }), ['/'], /logout has redirectTo/],
  ['session.secret', (secret) => ({ session: { secret } }), [SECRET], /session has idleTimeoutSeconds, /],
  [
    'session.cookie.httpOnly',
    (httpOnly) => ({ session: { cookie: { httpOnly } } }),
    [false],
    /session\.cookie has name, /,
  ],
  ['docs.url', (url) => ({ docs: { url } }), ['/docs'], /docs has path, spec, /],
  ['docs[0].url', (url) => ({ docs: [{ url }] }), ['/docs'], /docs\[0\] has path, spec, /],
  ['pages.text', (text) => ({ pages: { text } }), [{}], /pages has title, /],
  [
    'pages.texts.toString',
    (text) => ({ pages: { texts: { toString: text } } }),
    ['x'],
    /pages\.texts has language, /,
  ],
]

const show = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

for (const [option, options, values, pattern] of BAD) {
  t.test(
    `a wrong ${option} is refused by name, with the remedy${pattern ? ` ${pattern.source}` : ''}`,
    async (t) => {
      for (const value of values)
        refused(t, () => settings(options(value)), option, `${option} ${show(value)}`, pattern)
    },
  )
}

t.test('unknown options are refused', async (t) => {
  for (const options of ['x', 1, true, [], [GOOD]])
    refused(t, () => resolveSettings(options), 'options', show(options))
  for (const options of [undefined, null, {}]) {
    refused(t, () => resolveSettings(options), 'users', show(options), /not nothing$/)
  }
})

t.test('clashing paths are refused, in every spelling that a router may treat as the same', async (t) => {
  const table: [string, object][] = [
    ['a page twice', { docs: [{}, {}] }],
    ['a page below another', { docs: [{ path: '/a' }, { path: '/a/b' }] }],
    ['a page above another', { docs: [{ path: '/a/b' }, { path: '/a' }] }],
    ['a page in capitals', { docs: [{ path: '/a' }, { path: '/A' }] }],
    ['a page at the routes of the gate', { docs: { path: '/auth' } }],
    ['a page below them', { docs: { path: '/auth/docs' } }],
    ['a page below them in capitals', { docs: { path: '/AUTH/docs' } }],
    ['the routes of the gate below a page', { routePrefix: '/docs/auth' }],
    [
      'a document twice',
      {
        docs: [
          { path: '/a', spec: '/s' },
          { path: '/b', spec: '/s' },
        ],
      },
    ],
    [
      'a document in capitals',
      {
        docs: [
          { path: '/a', spec: '/s' },
          { path: '/b', spec: '/S' },
        ],
      },
    ],
    ['a document of another page', { docs: [{ path: '/a', spec: '/b/openapi' }, { path: '/b' }] }],
    ['a document below the gate', { docs: { spec: '/auth/openapi' } }],
    ['a document at the gate', { docs: { spec: '/Auth' } }],
    [
      'a document at the login of a gate at the root',
      { routePrefix: '/', login: { mode: 'form' }, docs: { spec: '/login' } },
    ],
  ]
  for (const [name, options] of table) {
    refused(
      t,
      () => settings(options),
      'docs',
      name,
      /write paths that are apart from each other and from \//,
    )
  }
  const apart: object[] = [
    { docs: [{ path: '/a' }, { path: '/b' }] },
    { docs: [{ path: '/a' }, { path: '/ab' }] },
    { docs: { path: '/authors' } },
    { docs: { path: '/a', spec: '/a/openapi' } },
    { docs: { path: '/x' }, routePrefix: '/docs' },
    { routePrefix: '/', login: { mode: 'form' } },
    { routePrefix: '/', login: { mode: 'form' }, docs: [{ path: '/a' }, { path: '/b' }] },
  ]
  for (const options of apart) t.ok(settings(options), show(options))
})

t.test('secrets: one or a list, the first signs; none only if sessions end with the process', async (t) => {
  const before = process.env['NODE_ENV']
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  const algorithms = (secret: unknown) => settings({ secret }).keys.map(({ algorithm }) => algorithm)
  t.strictSame(algorithms(SECRET), ['HS256'])
  t.strictSame(algorithms(Buffer.from(SECRET)), ['HS256'])
  t.strictSame(algorithms([SECRET]), ['HS256'])
  t.strictSame(algorithms([pem, SECRET, `${SECRET}2`]), ['EdDSA', 'HS256', 'HS256'], 'in their order')
  const { keys } = settings({ secret: [SECRET, `${SECRET}2`] })
  t.equal(new Set(keys.map(({ kid }) => kid)).size, 2)

  const store = { get() {}, set() {}, delete() {}, list() {} }
  const without = (session: object) => resolveSettings({ users: USERS, session })
  process.env['NODE_ENV'] = 'production'
  t.equal(without({}).hasRandomSecret, true, 'sessions in memory')
  for (const session of [{ store: 'stateless' }, { store }]) {
    refused(t, () => without(session), 'secret', show(session), /write a secret: with a random one/)
    t.ok(settings({ session }), 'with a secret')
  }
  process.env['NODE_ENV'] = 'development'
  for (const session of [{ store: 'stateless' }, { store }]) t.equal(without(session).hasRandomSecret, true)
})

t.test('users: a record, or an object with verify and find', async (t) => {
  const directory = usersOption(
    {
      johndoe: HASHES.secret,
      'jo\u0308rg': { password: HASHES.secret2, scopes: ['a'], name: 'J', email: 'e@x', disabled: false },
      alice: { password: HASHES.wonderland, disabled: true },
      bare: {
        password: HASHES.secret,
        scopes: undefined,
        name: undefined,
        email: undefined,
        disabled: undefined,
      },
      verify: HASHES.secret,
      find: HASHES.secret,
    },
    KEY,
  )
  t.match(directory.find?.('johndoe'), {
    username: 'johndoe',
    scopes: [],
    name: undefined,
    version: HASHES.secret,
  })
  t.strictSame(directory.find?.('j\u00f6rg'), {
    username: 'j\u00f6rg',
    scopes: ['a'],
    name: 'J',
    email: 'e@x',
    version: HASHES.secret2,
  })
  t.equal(directory.find?.('alice'), null)
  for (const name of ['bare', 'verify', 'find'])
    t.match(directory.find?.(name), { username: name, scopes: [] })
  t.match(await directory.verify('johndoe', 'secret', {}), { username: 'johndoe' })
  t.equal(await directory.verify('johndoe', 'x', {}), null)
  t.ok(
    usersOption(Object.assign(Object.create(null), { johndoe: HASHES.secret }), KEY),
    'without a prototype',
  )

  class Database {
    readonly extra = true
    async verify() {
      return { username: 'a', version: 1 }
    }
    async find(username: string) {
      return { username }
    }
  }
  t.match(
    await usersOption(new Database(), KEY).find?.('a'),
    { username: 'a' },
    'an instance with more on it',
  )
  const verify = () => ({ username: 'a' })
  t.match(await usersOption({ verify }, KEY).verify('a', 'x', {}), { username: 'a' })
  for (const recheckSeconds of [0, 0.5, 60, undefined]) {
    t.match(await usersOption({ verify, find: verify, recheckSeconds }, KEY).find?.('a'), { username: 'a' })
  }
})

t.test(
  'invalid users, and users who could never log in, are refused; a password is never shown',
  async (t) => {
    const forms = /write .*record of users and password hashes, or an object with verify and find, not /
    const verify = () => null
    const long = 'ü'.repeat(129)
    const table: [string, unknown, RegExp?][] = [
      ['users', undefined, forms],
      ['users', null, forms],
      ['users', '', forms],
      ['users', 1, forms],
      ['users', '/there/is/no/such/file', /npx fastify-docs-gate users add/],
      ['users', './there-is-no-such-file.json', /npx fastify-docs-gate users add/],
      ['users', true, forms],
      ['users', () => {}, forms],
      ['users', [], forms],
      ['users', [{ username: 'johndoe', password: PASSWORD }], forms],
      ['users', Promise.resolve(USERS), forms],
      ['users', new Map([['johndoe', HASHES.secret]]), forms],
      ['users', new (class Users {})(), forms],
      ['users.johndoe', { johndoe: PASSWORD }, /npx fastify-docs-gate hash.*never written in plain text/],
      ['users.johndoe', { johndoe: '' }, /there is no password hash; .*npx fastify-docs-gate hash/],
      ['users.johndoe', { johndoe: undefined }, /a variable that is not set.*npx fastify-docs-gate hash/],
      ['users.johndoe', { johndoe: null }, /npx fastify-docs-gate hash/],
      ['users.johndoe', { johndoe: 1 }, /a value of type number; .*npx fastify-docs-gate hash/],
      ['users.johndoe', { johndoe: `{SHA}${PASSWORD}` }, /SHA-1 without a salt.*npx fastify-docs-gate hash/],
      ['users.johndoe', { johndoe: `$apr1$${PASSWORD}$x` }, /Apache's MD5.*npx fastify-docs-gate hash/],
      ['users.johndoe', { johndoe: `$6$${PASSWORD}$x` }, /SHA hash of crypt.*npx fastify-docs-gate hash/],
      [
        'users.johndoe',
        { johndoe: HASHES.secret.replace('2id', '2i') },
        /argon2i or argon2d.*npx fastify-docs-gate hash/,
      ],
      [
        'users.johndoe',
        { johndoe: HASHES.secret.slice(0, 50) },
        /no whole argon2id hash.*npx fastify-docs-gate hash/,
      ],
      // What `sh` makes of a hash in double quotes, and of one whose first part alone was escaped.
      [
        'users.johndoe',
        { johndoe: '=19=64,t=1,p=1/v3Bs5sxOnAwEs' },
        /left of an argon2id hash.*single quotes/,
      ],
      ['users.johndoe', { johndoe: '$argon2id=19=64,t=1,p=1/v3' }, /left of an argon2id hash.*single quotes/],
      ['users.johndoe', { johndoe: 'y2./R9hcIPz0giURNNX3kh2' }, /left of a bcrypt hash.*single quotes/],
      // What a compose file wants, and nobody else.
      [
        'users.johndoe',
        { johndoe: HASHES.secret.replaceAll('$', '$$$$') },
        /doubled: write single dollars here; \$\$ is for compose files/,
      ],
      ['users.johndoe', { johndoe: '$$2y$$05$$abcdefghijklmnopqrstuu' }, /doubled: write single dollars/],
      ['users.johndoe', { johndoe: [PASSWORD] }, /write an object, not a list of 1/],
      ['users.johndoe.password', { johndoe: {} }, /npx fastify-docs-gate hash/],
      ['users.johndoe.password', { johndoe: { password: PASSWORD } }, /npx fastify-docs-gate hash/],
      ['users.johndoe.password', { johndoe: { password: [HASHES.secret] } }, /npx fastify-docs-gate hash/],
      [
        'users.johndoe.pasword',
        { johndoe: { pasword: PASSWORD } },
        /has password, scopes, name, email, disabled/,
      ],
      ['users.johndoe.scopes', { johndoe: { password: HASHES.secret, scopes: 'admin' } }, /a list of scopes/],
      ['users.johndoe.scopes', { johndoe: { password: HASHES.secret, scopes: ['a b'] } }, /a list of scopes/],
      ['users.johndoe.scopes', { johndoe: { password: HASHES.secret, scopes: null } }, /a list of scopes/],
      ['users.johndoe.name', { johndoe: { password: HASHES.secret, name: 1 } }, /write a text/],
      ['users.johndoe.email', { johndoe: { password: HASHES.secret, email: null } }, /write a text/],
      ['users.johndoe.disabled', { johndoe: { password: HASHES.secret, disabled: 'no' } }, /true or false/],
      ['users.johndoe.disabled', { johndoe: { password: HASHES.secret, disabled: null } }, /true or false/],
      ['users', { '': HASHES.secret }, /1 to 256 bytes/],
      ['users', { 'a:b': HASHES.secret }, /without colons/],
      ['users', { 'a\n': HASHES.secret }, /control characters/],
      ['users', { [long]: HASHES.secret }, /1 to 256 bytes/],
      ['users', { '\ud800': HASHES.secret }, /1 to 256 bytes/],
      ['users', { 'jo\u0308rg': HASHES.secret, 'j\u00f6rg': HASHES.secret2 }, /each user once/],
      ['users.verify', { find: verify }, /write a function, not nothing/],
      ['users.verify', { find: verify, verify: true }, /write a function/],
      ['users.find', { verify, find: true }, /write a function/],
      ['users.find', { verify, find: null }, /write a function, not null/],
      ['users.findUser', { verify, findUser: verify }, /users has verify, find, recheckSeconds/],
      ['users.recheckSeconds', { verify, recheckSeconds: -1 }, /0 or more/],
      ['users.recheckSeconds', { verify, recheckSeconds: '5' }, /0 or more/],
      ['users.recheckSeconds', { verify, recheckSeconds: Number.NaN }, /0 or more/],
      ['users.recheckSeconds', { verify, recheckSeconds: Number.POSITIVE_INFINITY }, /0 or more/],
    ]
    for (const [option, users, pattern] of table) {
      refused(
        t,
        () => resolveSettings({ users, secret: SECRET }),
        option,
        `${option} ${show(users)}`,
        pattern,
      )
    }
  },
)

t.test('the arguments of authorize are validated when the guard is made', async (t) => {
  const table: [unknown[], readonly string[], string | undefined][] = [
    [['admin'], ['admin'], undefined],
    [['admin', 'read'], ['admin', 'read'], undefined],
    [[{ scopes: ['admin'] }], ['admin'], undefined],
    [[{ scopes: ['admin'], redirectTo: undefined }], ['admin'], undefined],
    [[{ scopes: ['admin'], redirectTo: '/denied?x#y' }], ['admin'], '/denied?x#y'],
    [[{ scopes: ['admin'], redirectTo: 'https://example.com/x' }], ['admin'], 'https://example.com/x'],
  ]
  for (const [options, scopes, redirectTo] of table) {
    t.strictSame(authorizeArguments(options), { scopes, redirectTo }, show(options))
  }
  const scopes = ['admin']
  const made = authorizeArguments([{ scopes }])
  scopes.pop()
  t.strictSame(made.scopes, ['admin'], 'a copy')

  const bad: [string, unknown[], RegExp?][] = [
    ['authorize', [], /at least one.* not an empty list$/],
    ['authorize', [undefined]],
    ['authorize', [null]],
    ['authorize', ['']],
    ['authorize', ['a b'], /not "a b"$/],
    ['authorize', [1], /not 1$/],
    ['authorize', ['a', 1], /not 1$/],
    ['authorize', [{}]],
    ['authorize', [{ scopes: [] }]],
    ['authorize', [{ scopes: 'admin' }]],
    ['authorize', [{ scopes: ['a b'] }], /not "a b"$/],
    ['authorize', [{ scopes: ['a'] }, 'b']],
    ['authorize', [['admin']], /as in authorize\('a', 'b'\), not a list of 1$/],
    ['authorize', [['admin'], 'b'], /as arguments/],
    ['authorize.scope', [{ scope: 'admin' }]],
    ['authorize.redirectTo', [{ scopes: ['a'], redirectTo: '//evil.com' }]],
    ['authorize.redirectTo', [{ scopes: ['a'], redirectTo: 1 }]],
  ]
  for (const [option, options, pattern] of bad)
    refused(t, () => authorizeArguments(options), option, show(options), pattern)
})

t.test('values are described briefly, without the credentials of a URL', async (t) => {
  const table: [unknown, string][] = [
    ['a"b', '"a\\"b"'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['redis://user:hunter2@host:6379', '"redis://…@host:6379"'],
    ['redis://:hun/ter@2@host', '"redis://…@host"'],
    [`redis://user:${'x'.repeat(80)}@host`, '"redis://…@host"'],
    ['https://example.com/a', '"https://example.com/a"'],
    ['a@b', '"a@b"'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [false, 'false'],
    [null, 'null'],
    [undefined, 'nothing'],
    [[], 'an empty list'],
    [['secret'], 'a list of 1'],
    [{ secret: 1 }, 'a value of type object'],
    [() => {}, 'a value of type function'],
    [Symbol('secret'), 'a value of type symbol'],
    [1n, 'a value of type bigint'],
  ]
  for (const [value, expected] of table) t.equal(describeValue(value), expected)
})

t.test('each check accepts valid values and fills in defaults', async (t) => {
  t.strictSame(readOptions('x', undefined, []), {})
  const value = { a: 1 }
  t.equal(readOptions('x', value, ['a', 'b']), value)
  t.equal(positiveInteger('x', undefined, 7), 7)
  t.equal(positiveInteger('x', Number.MAX_SAFE_INTEGER, 7), Number.MAX_SAFE_INTEGER)
  t.equal(routePath('x', undefined, '/a'), '/a')
  t.equal(routePath('x', '/.a/..b/c.', '/a'), '/.a/..b/c.')
  t.equal(destination('x', undefined), undefined)
  t.equal(destination('x', '/'), '/')
  t.equal(destination('x', '/a/../b'), '/b')
})
