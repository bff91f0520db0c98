// A plugin of Swagger UI for pages whose requests carry the user's session. Operations that the session may call show a
// closed padlock, and their curl samples get a placeholder for a token.

/**
 * @typedef {{ get(name: string): any, getIn(path: string[]): any, has(name: string): boolean, set(name: string, value: unknown): ImmutableMap, keySeq(): { some(is: (key: string) => boolean): boolean }, toList(): { clear(): { push(value: string): unknown } } }} ImmutableMap
 * @typedef {{ React: { createElement(type: unknown, props: object): unknown }, specSelectors: any, oas3Selectors: any }} System
 * @typedef {{ tokenEndpoint: string, scopes: string[] }} CarriedSession the full URL of this service's token endpoint, and the user's scopes
 * @typedef {{ [scheme: string]: string[] }} Requirement
 */

// In double quotes, so that a shell replaces the variable.
const PLACEHOLDER = '-H "Authorization: Bearer $TOKEN"'

/**
 * Whether requests go to the page's origin. A document may have servers of other origins, which get no session cookie.
 *
 * @param {Pick<System, 'oas3Selectors'>} system
 */
export function callsPageOrigin({ oas3Selectors }) {
  const server = oas3Selectors.serverEffectiveValue(oas3Selectors.selectedServer()) ?? ''
  return URL.canParse(server, location.href) && new URL(server, location.href).origin === location.origin
}

/**
 * Whether the session meets one of these security requirements. Those of this service's guards consist of one OAuth 2
 * scheme, whose password flow has the token endpoint of this service.
 *
 * @param {CarriedSession} session
 * @param {{ toJS(): unknown } | undefined} requirements
 * @param {System} system
 */
function isMet({ tokenEndpoint, scopes }, requirements, { specSelectors }) {
  /** @type {(name: string) => boolean} */
  const isOwnScheme = (name) => {
    const scheme = /** @type {ImmutableMap | undefined} */ (specSelectors.securityDefinitions()?.get(name))
    const flow = scheme?.getIn(['flows', 'password']) ?? scheme
    return scheme?.get('type') === 'oauth2' && flow?.get('tokenUrl') === tokenEndpoint
  }
  const alternatives = /** @type {Requirement[]} */ (requirements?.toJS() ?? [])
  return alternatives.some((requirement) => {
    const [[name, required] = ['', []], ...others] = Object.entries(requirement)
    return others.length === 0 && isOwnScheme(name) && required.every((scope) => scopes.includes(scope))
  })
}

/** @param {ImmutableMap} request */
function needsPlaceholder(request) {
  const { origin } = new URL(request.get('url'), location.href)
  const headers = /** @type {ImmutableMap | undefined} */ (request.get('headers'))
  const isAuthorized = headers?.keySeq().some((name) => name.toLowerCase() === 'authorization')
  return origin === location.origin && !isAuthorized
}

/** @param {CarriedSession} session */
function withPlaceholder(session) {
  // The same request gets the same sample, so that Swagger UI does not render it again.
  /** @type {WeakMap<ImmutableMap, ImmutableMap>} */
  const samples = new WeakMap()

  return (
    /** @type {(path: string, method: string) => ImmutableMap | null} */ original,
    /** @type {System} */ system,
  ) =>
    (/** @type {unknown} */ _state, /** @type {string} */ path, /** @type {string} */ method) => {
      const { specSelectors } = system
      const request = original(path, method)
      if (!request?.has('url') || !needsPlaceholder(request)) return request
      const requirements =
        specSelectors.specJson().getIn(['paths', path, method, 'security']) ?? specSelectors.security()
      if (!isMet(session, requirements, system)) return request
      const cached = samples.get(request)
      if (cached) return cached
      const options = request.get('curlOptions') ?? request.toList().clear()
      const sample = request.set('curlOptions', options.push(PLACEHOLDER))
      samples.set(request, sample)
      return sample
    }
}

/** @param {CarriedSession} session */
export function carriedSessionPlugin(session) {
  const sample = withPlaceholder(session)
  return {
    statePlugins: {
      auth: {
        wrapSelectors: {
          isAuthorized:
            (
              /** @type {(requirements: unknown) => boolean | null} */ original,
              /** @type {System} */ system,
            ) =>
            (/** @type {unknown} */ _state, /** @type {any} */ requirements) =>
              (callsPageOrigin(system) && isMet(session, requirements, system)) || original(requirements),
        },
      },
      spec: { wrapSelectors: { requestFor: sample, mutatedRequestFor: sample } },
    },
    wrapComponents: {
      authorizeBtn:
        (/** @type {unknown} */ Button, /** @type {System} */ system) =>
        (/** @type {{ isAuthorized: boolean }} */ props) =>
          system.React.createElement(Button, {
            ...props,
            isAuthorized: props.isAuthorized || callsPageOrigin(system),
          }),
    },
  }
}
