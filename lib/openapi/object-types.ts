/**
 * What a value in a document is, and with it what its members are: `default` is data in a schema, a response among
 * responses and a property's name among properties. Fields of all versions stand together: none means two things.
 */
export interface Kind {
  readonly fields: ReadonlyMap<string, Kind>
  /** What the members are that `fields` does not name. */
  readonly rest: Kind
  /** Where components of this kind stand; in Swagger 2 too. */
  readonly section?: string
  readonly section2?: string
}

interface OpenKind extends Kind {
  fields: Map<string, Kind>
  rest: Kind
}

const kind = (section?: string, section2?: string): OpenKind => {
  const fields = new Map<string, Kind>()
  const sections = { ...(section && { section }), ...(section2 && { section2 }) }
  return { fields, rest: ANY, ...sections }
}

const mapOf = (rest: Kind): Kind => ({ fields: new Map(), rest })

/** A kind whose members are of the same kind, all the way down; but those with these names are data. */
class Endless implements Kind {
  readonly fields: ReadonlyMap<string, Kind>
  readonly rest: Kind = this

  constructor(data: readonly string[]) {
    this.fields = new Map(data.map((name) => [name, DATA]))
  }
}

/** Examples, defaults, enumerations: what looks like a reference in there is text. */
export const DATA: Kind = new Endless([])

/** An example put together from others, as GitHub writes them: references to these count, anything else is data. */
export const EXAMPLE_VALUE: Kind = new Endless([])

/** Extensions, and what has no references of its own: whatever looks like one is one. */
export const ANY: Kind = new Endless(['example', 'enum', 'const'])

export const SCHEMA = kind('schemas', 'definitions')
export const RESPONSE = kind('responses', 'responses')
export const PARAMETER = kind('parameters', 'parameters')
export const EXAMPLE = kind('examples')
export const REQUEST_BODY = kind('requestBodies')
export const HEADER = kind('headers')
export const SECURITY_SCHEME = kind('securitySchemes', 'securityDefinitions')
export const LINK = kind('links')
export const CALLBACK = kind('callbacks')
export const MEDIA_TYPE = kind('mediaTypes')
/** A path item is never moved into the components: OpenAPI 3.0 has no place for it there. */
export const PATH_ITEM = kind()
export const OPERATION = kind()
export const DISCRIMINATOR = kind()
/** Lists of security requirements. */
export const SECURITY = kind()
const ENCODING = kind()

function define(defined: OpenKind, groups: readonly (readonly [Kind, string])[]): void {
  for (const [fieldKind, names] of groups)
    for (const name of names.split(' ')) defined.fields.set(name, fieldKind)
}

define(SCHEMA, [
  [DATA, 'example examples default enum const required type'],
  [DISCRIMINATOR, 'discriminator'],
  [mapOf(SCHEMA), 'properties patternProperties $defs definitions dependentSchemas dependencies'],
  [SCHEMA, 'allOf oneOf anyOf not if then else items prefixItems additionalItems unevaluatedItems contains'],
  [SCHEMA, 'additionalProperties unevaluatedProperties propertyNames contentSchema'],
])
for (const described of [PARAMETER, HEADER, MEDIA_TYPE]) {
  define(described, [
    [DATA, 'default enum'],
    [EXAMPLE_VALUE, 'example'],
    [SCHEMA, 'schema'],
    [mapOf(EXAMPLE), 'examples'],
  ])
}
for (const described of [PARAMETER, HEADER]) {
  define(described, [
    [SCHEMA, 'items'],
    [mapOf(MEDIA_TYPE), 'content'],
  ])
}
define(MEDIA_TYPE, [
  [SCHEMA, 'itemSchema'],
  [mapOf(ENCODING), 'encoding'],
  [ENCODING, 'itemEncoding prefixEncoding'],
])
define(ENCODING, [
  [mapOf(HEADER), 'headers'],
  [mapOf(ENCODING), 'encoding'],
  [ENCODING, 'itemEncoding prefixEncoding'],
])
define(RESPONSE, [
  [mapOf(HEADER), 'headers'],
  [mapOf(MEDIA_TYPE), 'content'],
  [mapOf(LINK), 'links'],
  [SCHEMA, 'schema'],
  // Swagger 2: bodies by media type.
  [DATA, 'examples'],
])
define(EXAMPLE, [[EXAMPLE_VALUE, 'value dataValue']])
define(REQUEST_BODY, [[mapOf(MEDIA_TYPE), 'content']])
define(LINK, [[DATA, 'parameters requestBody']])
CALLBACK.rest = PATH_ITEM
define(PATH_ITEM, [
  [OPERATION, 'get put post delete options head patch trace query'],
  [mapOf(OPERATION), 'additionalOperations'],
  [PARAMETER, 'parameters'],
])
define(OPERATION, [
  [PARAMETER, 'parameters'],
  [REQUEST_BODY, 'requestBody'],
  [mapOf(RESPONSE), 'responses'],
  [mapOf(CALLBACK), 'callbacks'],
  [SECURITY, 'security'],
  [DATA, 'tags'],
])

const COMPONENTS: ReadonlyMap<string, Kind> = new Map([
  ...[
    SCHEMA,
    RESPONSE,
    PARAMETER,
    EXAMPLE,
    REQUEST_BODY,
    HEADER,
    SECURITY_SCHEME,
    LINK,
    CALLBACK,
    MEDIA_TYPE,
  ].map((component): [string, Kind] => [component.section as string, component]),
  ['pathItems', PATH_ITEM],
])

const SWAGGER_2_SECTIONS: ReadonlyMap<string, Kind> = new Map(
  [SCHEMA, RESPONSE, PARAMETER, SECURITY_SCHEME].map((component) => [
    component.section2 as string,
    component,
  ]),
)

/** What the components of a section are, where `at` leads to one: `components.schemas`, or Swagger 2's `definitions`. */
export function componentKind(at: readonly string[]): Kind | undefined {
  const [first = '', second] = at
  if (first !== 'components') return SWAGGER_2_SECTIONS.get(first)
  if (second === undefined || second.startsWith('x-')) return undefined
  return COMPONENTS.get(second) ?? ANY
}
