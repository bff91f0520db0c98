import { OptionsError } from '../errors.ts'
import type { PagesSettings } from '../pages/settings.ts'
import { derivedKey } from '../session/token/keys.ts'
import type { UserDirectory } from '../users/user-directory.ts'
import {
  describeValue,
  destination,
  invalidOption,
  nonEmptyString,
  type OptionFields,
  oneOf,
  readOptions,
  routePath,
} from '../validation/option.ts'
import { type DocsSettings, docsOptions } from './docs-option.ts'
import { keysOption, type SigningKeys } from './keys-option.ts'
import { type LoginSettings, loginOption } from './login-option.ts'
import { originsOption } from './origins-option.ts'
import { pagesOption } from './pages-option.ts'
import { publicUrlOption } from './public-url-option.ts'
import { type SessionOption, sessionOption } from './session-option.ts'
import { usersOption } from './users-option.ts'

/** The options of the gate, validated and with their defaults, so that requests need no option logic. */
export interface Settings {
  readonly routePrefix: string
  readonly login: LoginSettings
  readonly logout: { readonly redirectTo: string | undefined }
  readonly session: SessionOption
  readonly keys: SigningKeys
  readonly hasRandomSecret: boolean
  readonly directory: UserDirectory
  readonly docs: readonly DocsSettings[]
  readonly swagger: OptionFields
  readonly pages: PagesSettings
  readonly publicUrl: string | undefined
  readonly trustedOrigins: ReadonlySet<string>
  readonly decoratorName: string
  readonly allowOpenDocs: boolean
  readonly allowEarlyRoutes: boolean
}

const OPTIONS = [
  'users',
  'secret',
  'routePrefix',
  'login',
  'logout',
  'session',
  'docs',
  'swagger',
  'pages',
  'publicUrl',
  'trustedOrigins',
  'decoratorName',
  'allowOpenDocs',
  'allowEarlyRoutes',
]
// Fastify accepts these options at every `register`, but fastify-plugin makes it ignore them silently.
const NO_EFFECT: Readonly<Record<string, string>> = {
  prefix: 'write routePrefix and docs.path, or register the gate inside a prefixed scope',
  logLevel: 'write it where the scope is registered that the gate is in, or in the options of Fastify',
  logSerializers:
    'write them where the scope is registered that the gate is in, or in the options of Fastify',
}

const DEFAULT_ROUTE_PREFIX = '/auth'

function routePrefixOption(value: unknown, mode: string): string {
  if (value === '/' && mode === 'form') return ''
  const because = 'a browser sends Basic credentials to the whole directory of the login route'
  if (value === '/')
    throw new OptionsError(`routePrefix: write a path like "/auth", not "/", in basic mode: ${because}`)
  return routePath('routePrefix', value, DEFAULT_ROUTE_PREFIX)
}

// Properties that every Fastify request or every object has already. Overwriting them would break the request, and
// `constructor`, for example, would look like a user.
const TAKEN_NAMES: ReadonlySet<string> = new Set(
  `__proto__ constructor prototype id params raw query headers log body ip ips host hostname port protocol method url
  originalUrl server socket signal is404 routeOptions validationError getValidationFunction compileValidationSchema
  validateInput getDecorator setDecorator mediaType`.split(/\s+/),
)

function decoratorNameOption(value: unknown): string {
  const name = nonEmptyString('decoratorName', value, 'user')
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) invalidOption('decoratorName', name, 'write the name of a property')
  if (TAKEN_NAMES.has(name))
    invalidOption('decoratorName', name, 'write a name that a Fastify request does not have itself')
  return name
}

// As everywhere, an option that is undefined counts as absent.
function withoutFastifyOptions(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options
  const { prefix, logLevel, logSerializers, ...ours } = options as OptionFields
  for (const [name, value] of Object.entries({ prefix, logLevel, logSerializers })) {
    if (value !== undefined)
      throw new OptionsError(`${name}: ${describeValue(value)} has no effect here; ${NO_EFFECT[name]}`)
  }
  return ours
}

/**
 * Validates the options and fills in defaults. Throws an OptionsError that names the option, its value and a remedy.
 */
export function resolveSettings(options: unknown): Settings {
  const all = readOptions('options', withoutFastifyOptions(options ?? {}), OPTIONS)
  const login = loginOption(all['login'])
  const session = sessionOption(all['session'])
  const keys = keysOption(all['secret'], session.store)
  const routePrefix = routePrefixOption(all['routePrefix'], login.mode)
  const logout = readOptions('logout', all['logout'], ['redirectTo'])
  const { swagger = {} } = all
  if (typeof swagger !== 'object' || swagger === null || Array.isArray(swagger))
    invalidOption('swagger', swagger, 'write the options of @fastify/swagger')
  return {
    routePrefix,
    login,
    logout: { redirectTo: destination('logout.redirectTo', logout['redirectTo']) },
    session,
    keys,
    hasRandomSecret: all['secret'] === undefined,
    directory: usersOption(all['users'], derivedKey(keys[0], 'decoy')),
    docs: docsOptions(all['docs'], routePrefix),
    swagger: swagger as OptionFields,
    pages: pagesOption(all['pages']),
    publicUrl: publicUrlOption(all['publicUrl']),
    trustedOrigins: new Set(originsOption('trustedOrigins', all['trustedOrigins'])),
    decoratorName: decoratorNameOption(all['decoratorName']),
    allowOpenDocs: oneOf('allowOpenDocs', all['allowOpenDocs'], [true, false], false),
    allowEarlyRoutes: oneOf('allowEarlyRoutes', all['allowEarlyRoutes'], [true, false], false),
  }
}
