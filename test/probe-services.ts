import type { Service } from '../lib/probe/request.ts'
import type { Exchange } from '../lib/probe/socket.ts'

/** The service to probe. No request leaves the process. */
export const SERVICE: Service = {
  isTls: false,
  hostname: '127.0.0.1',
  port: 3000,
  host: '127.0.0.1:3000',
  origin: 'http://127.0.0.1:3000',
  base: '',
}

/** A request that a service received. */
export interface SentRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: string
  readonly accept: string
}

export interface ServiceResponse {
  readonly status: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type Handler = (request: SentRequest) => ServiceResponse

/** Replaces the sockets by a service in memory. It responds to HEAD as to GET, but without a body. */
export function exchangeOf(handler: Handler): {
  readonly exchange: Exchange
  readonly requestCount: () => number
} {
  let requestCount = 0
  const exchange: Exchange = async (_service, text) => {
    requestCount++
    const [head = ''] = text.split('\r\n\r\n')
    const [line = '', ...fields] = head.split('\r\n')
    const [method = '', target = ''] = line.split(' ')
    const [path = '', query = ''] = target.split('?', 2)
    const accept =
      fields
        .find((field) => /^accept:/i.test(field))
        ?.slice('accept:'.length)
        .trim() ?? ''
    const { status, type, headers = {}, body = '' } = handler({ method, path, query, accept })
    const all = { ...(type !== undefined && { 'content-type': type }), ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    const content = method === 'HEAD' ? '' : body
    const bytes = Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n${content}`, 'latin1')
    return { bytes, isLate: false }
  }
  return { exchange, requestCount: () => requestCount }
}

const JSON_DOCUMENT =
  '{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"paths":{"/orders":{"get":{}}}}'
const SWAGGER_2 = '{"swagger":"2.0","info":{"title":"Shop","version":"1"},"paths":{}}'
const YAML_DOCUMENT = 'openapi: 3.0.3\ninfo:\n  title: Shop\n  version: "1"\npaths:\n  /orders: {}\n'
const HTML = 'text/html; charset=utf-8'
const YAML = 'application/yaml'

const json = (body = JSON_DOCUMENT): ServiceResponse => ({ status: 200, type: 'application/json', body })
const yaml = (type = YAML): ServiceResponse => ({ status: 200, type, body: YAML_DOCUMENT })
const html = (body: string, status = 200): ServiceResponse => ({ status, type: HTML, body })
const to = (location: string, status = 302): ServiceResponse => ({ status, headers: { location } })

const NOT_FOUND: ServiceResponse = {
  status: 404,
  type: 'application/json',
  body: '{"statusCode":404,"message":"Cannot GET","error":"Not Found"}',
}
const UNAUTHORIZED: ServiceResponse = {
  status: 401,
  type: 'application/json',
  headers: { 'www-authenticate': 'Basic realm="docs"' },
  body: '{"statusCode":401,"message":"Unauthorized"}',
}
const FORBIDDEN: ServiceResponse = { status: 403, type: HTML, body: '<h1>403 Forbidden</h1>' }
const METHOD: ServiceResponse = { status: 405 }

const SWAGGER_UI = (script = './swagger-ui-init.js'): string => `<!DOCTYPE html>
<html lang="en"><head><title>Swagger UI</title><link rel="stylesheet" href="./swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="./swagger-ui-bundle.js"></script><script src="${script}"></script></body></html>`
const EXPRESS_INIT = `window.onload = function() {
  var options = { "swaggerDoc": ${JSON_DOCUMENT}, "customOptions": {} };
  var ui = SwaggerUIBundle(options)
}`
const URL_INIT = (url: string): string =>
  `window.onload = function() { window.ui = SwaggerUIBundle({ "url": "${url}", dom_id: '#swagger-ui' }) }`

type Routes = Readonly<Record<string, ServiceResponse | Handler>>

/** A service with these paths. */
const at =
  (routes: Routes, otherwise: ServiceResponse | Handler = NOT_FOUND): Handler =>
  (request) => {
    const found = routes[request.path] ?? otherwise
    return typeof found === 'function' ? found(request) : found
  }

const below =
  (prefix: string, response: ServiceResponse, otherwise: Handler): Handler =>
  (request) =>
    request.path === prefix || request.path.startsWith(`${prefix}/`) ? response : otherwise(request)

const onlyFor =
  (method: string, response: ServiceResponse, others: ServiceResponse): Handler =>
  (request) =>
    request.method === method ? response : others

const onlyAs =
  (type: string, response: ServiceResponse, others: ServiceResponse): Handler =>
  ({ accept }) =>
    accept.includes(type) ? response : others

/** Services that expose their documentation, as frameworks do by default and often even with guards. */
export const LEAKING: Readonly<Record<string, Handler>> = {
  'NestJS: the page guarded, its script not': at({
    '/api': UNAUTHORIZED,
    '/api/': UNAUTHORIZED,
    '/api-json': UNAUTHORIZED,
    '/api-yaml': UNAUTHORIZED,
    '/api/swagger-ui-init.js': { status: 200, type: 'application/javascript', body: EXPRESS_INIT },
  }),
  'NestJS: the script below a version': at({
    '/api/v2': UNAUTHORIZED,
    '/api/v2/swagger-ui-init.js': { status: 200, type: 'application/javascript', body: EXPRESS_INIT },
  }),
  'NestJS: the pair beside a guarded page': at({ '/api/v3/docs': UNAUTHORIZED, '/api/v3/docs-json': json() }),
  'NestJS: ui: false': at({ '/swagger-json': json(), '/swagger-yaml': yaml('text/yaml') }),
  'NestJS: the page in a place of its own, which the index names': at({
    '/': json('{"name":"shop","documentation":"/internal/manual"}'),
    '/internal/manual': UNAUTHORIZED,
    '/internal/manual/swagger-ui-init.js': { status: 200, body: EXPRESS_INIT },
  }),
  'swagger-ui-express: the page guarded by a redirect': at({
    '/api-docs': to('/login'),
    '/api-docs/': to('/login'),
    '/login': html('<form method="post"></form>'),
    '/api-docs/swagger-ui-init.js': { status: 200, body: EXPRESS_INIT },
  }),
  'swagger-ui-express below a version': at({
    '/api/v1/api-docs/': html(SWAGGER_UI()),
    '/api/v1/api-docs': to('/api/v1/api-docs/', 301),
  }),
  'swagger-ui-express: a document by its URL': at({
    '/docs/': UNAUTHORIZED,
    '/docs': UNAUTHORIZED,
    '/docs/swagger-ui-init.js': { status: 200, body: URL_INIT('/shop-contract.json') },
    '/shop-contract.json': json(),
  }),
  'express-openapi': at({ '/v1/api-docs': json(SWAGGER_2) }),
  'express-openapi-validator': at({ '/spec': yaml() }),
  tsoa: at({ '/swagger.json': json() }),
  LoopBack: at({ '/explorer/openapi.json': json(), '/': html('<a href="/explorer">explorer</a>') }),
  'hapi-swagger': at({ '/documentation': html(SWAGGER_UI()), '/swagger.json': json(SWAGGER_2) }),
  Elysia: at({ '/swagger/json': json(), '/swagger': UNAUTHORIZED }),
  Hono: at({ '/doc': json(), '/ui': UNAUTHORIZED }),
  'Hono below a version': at({ '/api/v2/doc': json() }),
  FastAPI: at({ '/openapi.json': json(), '/docs': FORBIDDEN, '/redoc': FORBIDDEN }),
  'FastAPI with a root path': at({ '/api/v3/openapi.json': json() }),
  'FastAPI: ReDoc alone, below a version': at({
    '/v2/redoc': html('<!DOCTYPE html><redoc spec-url="/v2/contract"></redoc>'),
  }),
  Litestar: at({ '/schema/openapi.json': json(), '/schema': UNAUTHORIZED }),
  'Starlette: YAML by its media type': at({
    '/schema': { status: 200, type: 'application/vnd.oai.openapi', body: YAML_DOCUMENT },
  }),
  'drf-spectacular': at({
    '/api/schema': to('/api/schema/', 301),
    '/api/schema/': yaml('application/vnd.oai.openapi'),
  }),
  'drf-yasg': at({
    '/swagger.json': json(SWAGGER_2),
    '/swagger/': UNAUTHORIZED,
    '/swagger': to('/swagger/', 301),
  }),
  'Flask-RESTX: the page at the root': at({ '/': html('<html><div id="swagger-ui"></div>') }),
  flasgger: at({ '/apispec_1.json': json(SWAGGER_2) }),
  connexion: at({ '/v1.0/openapi.json': json(), '/v1.0/ui/': UNAUTHORIZED }),
  springdoc: at({ '/v3/api-docs': json(), '/swagger-ui.html': UNAUTHORIZED }),
  'springdoc: the YAML is forgotten': at({ '/v3/api-docs': UNAUTHORIZED, '/v3/api-docs.yaml': yaml() }),
  'springdoc behind a context path': at({ '/api/v3/api-docs': json() }),
  springfox: at({
    '/swagger-resources': json('[{"name":"default","url":"/v2/api-docs","swaggerVersion":"2.0"}]'),
  }),
  Swashbuckle: at({
    '/swagger': to('/swagger/index.html', 301),
    '/swagger/index.html': UNAUTHORIZED,
    '/swagger/v1/swagger.json': json(),
  }),
  'Swashbuckle below a version': at({ '/api/v1/swagger': html(SWAGGER_UI('index.js')) }),
  'ASP.NET Core': at({ '/openapi/v1.json': json() }, UNAUTHORIZED),
  'ASP.NET Core: Scalar': at({
    '/scalar/v1': html('<!doctype html><div id="app"></div><script src="scalar.aspnetcore.js"></script>'),
  }),
  'Scalar at another version': at({
    '/scalar/v2': html(
      '<script type="module">import { x } from "https://cdn.example/@scalar/api-reference"</script>',
    ),
  }),
  NSwag: at({ '/swagger/v2/swagger.json': json(SWAGGER_2) }),
  Quarkus: at({ '/q/openapi': yaml() }),
  'MicroProfile: YAML alone': at({ '/openapi': onlyAs('yaml', yaml(), { status: 406 }) }),
  'YAML alone, 404 otherwise': at({ '/api/v2/openapi': onlyAs('yaml', yaml(), NOT_FOUND) }),
  'a document of one media type': at({
    '/spec': onlyAs('vnd.oai.openapi', json(), { status: 406 }),
  }),
  'a 406 beside 404s': at({ '/docs': { status: 406 } }),
  'Micronaut: the page names the document': at({
    '/swagger/views/swagger-ui': html(
      '<div id="swagger-ui"></div> <script>x({ url: "/swagger/shop-1.0.yml" })</script>',
    ),
    '/swagger/shop-1.0.yml': yaml(),
  }),
  Jersey: at({
    '/application.wadl': {
      status: 200,
      body: '<?xml version="1.0"?><application xmlns="http://wadl.dev.java.net/2009/02"></application>',
    },
  }),
  'gin-swagger': at({ '/swagger/doc.json': json(SWAGGER_2), '/swagger/index.html': html(SWAGGER_UI()) }),
  'echo-swagger below a version': at({ '/api/v1/swagger/index.html': html(SWAGGER_UI()) }),
  huma: at({ '/openapi.yaml': yaml(), '/docs': FORBIDDEN }),
  utoipa: at({
    '/api-docs/openapi.json': json(),
    '/swagger-ui': to('/swagger-ui/'),
    '/swagger-ui/': UNAUTHORIZED,
  }),
  rswag: at({ '/api-docs/v1/swagger.yaml': yaml(), '/api-docs': UNAUTHORIZED }),
  'grape-swagger': at({ '/api/swagger_doc': json(SWAGGER_2) }),
  'L5-Swagger': at({ '/docs': json(), '/api/documentation': UNAUTHORIZED }),
  'L5-Swagger: a page of assets': at({
    '/api/documentation': html(SWAGGER_UI('/docs/asset/swagger-ui-bundle.js')),
  }),
  NelmioApiDoc: at({ '/api/doc.json': json(), '/api/doc': UNAUTHORIZED }),
  'API Platform': at({ '/api/docs': onlyAs('html', html(SWAGGER_UI()), UNAUTHORIZED) }),
  Scribe: at({ '/docs.openapi': yaml() }),
  Scramble: at({ '/docs/api.json': json(), '/docs/api': FORBIDDEN }),
  Postman: at({
    '/docs/collection.json': json(
      '{"info":{"name":"Shop","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}}',
    ),
    '/docs': UNAUTHORIZED,
  }),
  'Redoc as a file': at({
    '/docs/index.html': html('<div id="redoc"></div><script>const __redoc_state = {}</script>'),
  }),
  'RapiDoc below a prefix': at({ '/internal/docs': html('<rapi-doc spec-url="x">') }),
  'Stoplight Elements': at({ '/reference': html('<elements-api apiDescriptionUrl="x"></elements-api>') }),
  AsyncAPI: at({
    '/asyncapi.yaml': { status: 200, body: 'asyncapi: 2.6.0\ninfo:\n  title: x\nchannels:\n  a: {}\n' },
  }),
  WSDL: at({
    '/': ({ query }) =>
      query === 'wsdl'
        ? {
            status: 200,
            type: 'text/xml',
            body: '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">',
          }
        : NOT_FOUND,
  }),
  GraphiQL: at({ '/graphql': html('<div id="graphiql">Loading</div>') }),
  'a meta refresh': at({
    '/': html('<html><head><meta http-equiv="refresh" content="0; url=/handbook/"></head></html>'),
    '/handbook/': html('<redoc spec-url="x"></redoc>'),
  }),
  'a meta refresh in another order': at({
    '/docs': html("<meta content='0;URL=handbook' http-equiv='Refresh'>"),
    '/handbook': html('<redoc spec-url="x"></redoc>'),
  }),
  'a redirect by script': at({
    '/docs/': html('<script>window.location.href = "/handbook/start"</script>'),
    '/docs': to('/docs/', 301),
    '/handbook/start': html('<redoc spec-url="x"></redoc>'),
  }),
  'a redirect by a call': at({
    '/': html('<script>location.replace(`./handbook`)</script>'),
    '/handbook': html('<redoc spec-url="x"></redoc>'),
  }),
  'a Refresh header': at({
    '/': { status: 200, headers: { refresh: '0; url=/handbook' } },
    '/handbook': html('<redoc spec-url="x"></redoc>'),
  }),
  'a Link header': at({
    '/': { status: 204, headers: { link: '</contract.yaml>; rel="service-desc"' } },
    '/contract.yaml': yaml(),
  }),
  'a robots.txt': at({
    '/robots.txt': {
      status: 200,
      type: 'text/plain',
      body: 'User-agent: *\nDisallow: /hidden/docs-of-ours\n',
    },
    '/hidden/docs-of-ours': json(),
  }),
  'HEAD alone, below a version': at({ '/api/v3/docs': onlyFor('HEAD', { status: 200 }, UNAUTHORIZED) }),
  'HEAD of a document below a guarded page': ({ method, path }) => {
    if (!path.startsWith('/api/v2/docs')) return NOT_FOUND
    return method === 'HEAD' && path === '/api/v2/docs/openapi.json' ? { status: 200 } : UNAUTHORIZED
  },
  'HEAD of a document': at({ '/api/v1/swagger.json': onlyFor('HEAD', { status: 200 }, METHOD) }),
  'NestJS: a page that is not there for strangers, and its script': at({
    '/api/v2/docs/swagger-ui-init.js': { status: 200, body: EXPRESS_INIT },
  }),
  'NestJS: ui: false below a version': at({ '/api/v2-json': json() }),
  'HEAD of a document that is not there for GET': ({ method, path }) =>
    method === 'HEAD' && path === '/api/v3/docs/openapi.json' ? { status: 200 } : NOT_FOUND,
  'a page of another prefix': at({ '/api/internal/swagger': html(SWAGGER_UI()) }),
  'an SPA for everything, and the document': at(
    { '/docs/openapi.json': json() },
    html('<div id="root"></div>'),
  ),
  'a login for everything but the script': at(
    { '/docs/swagger-ui-init.js': { status: 200, body: EXPRESS_INIT } },
    UNAUTHORIZED,
  ),
}

const SPA = html(
  '<!doctype html><div id="root"></div><script type="module" src="/assets/index-4f2a.js"></script>',
)
const LOGIN = html(`<!doctype html><title>Sign in to Swagger UI</title><h1>API docs</h1>
<p>Sign in to read the OpenAPI documentation (swagger: 2.0 and openapi 3 are supported).</p>
<a href="/swagger-ui/index.html">Swagger</a> <a href="/docs">docs</a><form method="post" action="/login"></form>`)

let tokens = 0
const withToken = (): string =>
  `<input type="hidden" name="csrf" value="${(tokens++).toString(36)}x${tokens * 7919}">`

/** Services that expose nothing. */
export const CLOSED: Readonly<Record<string, Handler>> = {
  'nothing at all': at({}),
  'an API of its own': at({ '/': json('{"name":"shop"}'), '/api/v1/orders': json('[]') }),
  'a login for everything': () => UNAUTHORIZED,
  '403 for everything': () => FORBIDDEN,
  'a gateway that wants a key': () => ({
    status: 401,
    type: 'application/json',
    body: '{"message":"No API key found in request","request_id":"1d2"}',
  }),
  'an SPA for everything': () => SPA,
  'an SPA for what browsers ask for': ({ accept, path }) =>
    accept.includes('html') || !path.includes('.') ? SPA : NOT_FOUND,
  'a login page for everything, which speaks of Swagger': () => LOGIN,
  'a login page at every page, with a token': at({}, () => html(`<form>${withToken()}</form>`)),
  'a redirect to the login, which speaks of Swagger': at({ '/login': LOGIN }, ({ path }) =>
    to(`/login?next=${path}`),
  ),
  'a redirect to another host': ({ path }) => to(`https://sso.example.com/login?next=${path}`, 307),
  '200 for what is not there': () => json('{"error":"not found","code":404}'),
  '200 for what is not there, in its own words': ({ path }) =>
    json(`{"error":"There is no openapi or swagger at ${path}"}`),
  'an echo of the request': ({ method, path, accept }) => ({
    status: 404,
    body: `Cannot ${method} ${path} as ${accept}: openapi, swagger, paths`,
  }),
  'NestJS behind a guard of its prefix': below(
    '/api',
    UNAUTHORIZED,
    at({ '/api-json': UNAUTHORIZED, '/api-yaml': UNAUTHORIZED, '/': json('{"hello":"world"}') }),
  ),
  'NestJS below docs': below(
    '/docs',
    UNAUTHORIZED,
    at({ '/docs-json': UNAUTHORIZED, '/docs-yaml': UNAUTHORIZED }),
  ),
  'swagger-ui-express behind a guard': below(
    '/api-docs',
    UNAUTHORIZED,
    at({ '/swagger.json': UNAUTHORIZED }),
  ),
  'FastAPI with guarded routes': at({
    '/docs': UNAUTHORIZED,
    '/redoc': UNAUTHORIZED,
    '/openapi.json': UNAUTHORIZED,
  }),
  'Spring Security': at(
    { '/actuator/health': json('{"status":"UP"}'), '/error': { status: 500 } },
    UNAUTHORIZED,
  ),
  'Swashbuckle behind a guard': below('/swagger', to('/account/login'), at({ '/account/login': LOGIN })),
  'Laravel: 419 for what is posted': ({ method }) => ({
    status: method === 'GET' || method === 'HEAD' ? 404 : 419,
  }),
  'routes of that name that are something else': at({
    '/docs': html('<h1>The manual of the shop</h1>'),
    '/api/docs': METHOD,
    '/spec': json('{"width":3}'),
    '/schema': json('{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}'),
    '/reference': html('<h1>References</h1>'),
    '/explorer': html('<h1>Explore the city</h1>'),
    '/graphql': {
      status: 400,
      type: 'application/json',
      body: '{"errors":[{"message":"Must provide query string."}]}',
    },
  }),
  'a manual for people, with a slash': at({
    '/docs': to('/docs/', 301),
    '/docs/': html('<h1>The manual of the shop</h1><a href="/docs/install/">Install</a>'),
    '/docs/index.html': html('<h1>The manual of the shop</h1>'),
    '/docs/install/': html('<h1>Install</h1>'),
  }),
  'uploads of documents': at({ '/docs': METHOD, '/api/v1/docs': METHOD, '/api/v1/docs/': METHOD }),
  'methods that are not allowed, everywhere': ({ method }) => (method === 'GET' ? NOT_FOUND : METHOD),
  'a server that takes HEAD for an error': ({ method }) => (method === 'HEAD' ? { status: 500 } : NOT_FOUND),
  'HEAD is fine everywhere': ({ method }) => (method === 'HEAD' ? { status: 200 } : UNAUTHORIZED),
  '406 for everything but JSON': ({ accept }) => (accept.includes('json') ? NOT_FOUND : { status: 406 }),
  'an API behind a login, 404 for what it does not know': at({
    '/api': UNAUTHORIZED,
    '/api/v1': UNAUTHORIZED,
    '/api/v2': UNAUTHORIZED,
    '/api/v1/orders': UNAUTHORIZED,
  }),
  'a wiki with many links': at({
    '/': html(Array.from({ length: 60 }, (_, page) => `<a href="/wiki/docs-${page}">x</a>`).join('')),
  }),
  'a redirect from http to https': ({ path }) => to(`https://127.0.0.1${path}`, 301),
}
