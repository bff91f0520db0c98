// Where requests from the page carry the user's session: its operations show a closed padlock, and a sample for the
// command line names the token that it needs there.

/**
 * @typedef {{ get(name: string): any, getIn(path: string[]): any, has(name: string): boolean, set(name: string, value: unknown): ImmutableMap, keySeq(): { some(is: (key: string) => boolean): boolean }, toList(): { clear(): { push(value: string): unknown } } }} ImmutableMap
 * @typedef {{ React: { createElement(type: unknown, props: object): unknown }, specSelectors: any, oas3Selectors: any }} System
 * @typedef {{ token: string, scopes: string[] }} Carried where this service makes tokens, in full, and the user's scopes
 * @typedef {{ [scheme: string]: string[] }} Requirement
 */

// In double quotes: a shell fills in the variable.
const PLACEHOLDER = '-H "Authorization: Bearer $TOKEN"'

/**
 * A document may name servers of other origins: no cookie of this one goes there.
 *
 * @param {Pick<System, 'oas3Selectors'>} system
 */
export function isCalledHere({ oas3Selectors }) {
  const server = oas3Selectors.serverEffectiveValue(oas3Selectors.selectedServer()) ?? ''
  return URL.canParse(server, location.href) && new URL(server, location.href).origin === location.origin
}

/**
 * Whether a user of this service meets one of these requirements: those of its guards name its password grant.
 *
 * @param {Carried} carried
 * @param {{ toJS(): unknown } | undefined} requirements
 * @param {System} system
 */
function isMet({ token, scopes }, requirements, { specSelectors }) {
  /** @type {(name: string) => boolean} */
  const isOurs = (name) => {
    const scheme = /** @type {ImmutableMap | undefined} */ (specSelectors.securityDefinitions()?.get(name))
    const flow = scheme?.getIn(['flows', 'password']) ?? scheme
    return scheme?.get('type') === 'oauth2' && flow?.get('tokenUrl') === token
  }
  const alternatives = /** @type {Requirement[]} */ (requirements?.toJS() ?? [])
  return alternatives.some((requirement) => {
    const [[name, asked] = ['', []], ...more] = Object.entries(requirement)
    return more.length === 0 && isOurs(name) && asked.every((scope) => scopes.includes(scope))
  })
}

/** @param {ImmutableMap} request */
function needsPlaceholder(request) {
  const { origin } = new URL(request.get('url'), location.href)
  const headers = /** @type {ImmutableMap | undefined} */ (request.get('headers'))
  const isGiven = headers?.keySeq().some((name) => name.toLowerCase() === 'authorization')
  return origin === location.origin && !isGiven
}

/** @param {Carried} carried */
function withPlaceholder(carried) {
  // The same request twice is the same sample: nothing is drawn anew.
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
      if (!isMet(carried, requirements, system)) return request
      const known = samples.get(request)
      if (known) return known
      const options = request.get('curlOptions') ?? request.toList().clear()
      const sample = request.set('curlOptions', options.push(PLACEHOLDER))
      samples.set(request, sample)
      return sample
    }
}

/**
 * A plugin of Swagger UI.
 *
 * @param {Carried} carried
 */
export function carriedSession(carried) {
  const sample = withPlaceholder(carried)
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
              (isCalledHere(system) && isMet(carried, requirements, system)) || original(requirements),
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
            isAuthorized: props.isAuthorized || isCalledHere(system),
          }),
    },
  }
}
