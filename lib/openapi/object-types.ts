import { METHODS } from 'node:http'
import type { OpenApiDocument } from './document.ts'

/** How a text refers to something else. `$ref` is a `reference`, in an object of any type. */
export type ReferenceForm = 'reference' | 'dynamicReference' | 'operationReference' | 'schemaNameOrReference'

/** Texts of an object that refer to something else, beside `$ref`. */
export interface ReferenceTexts {
  readonly form: ReferenceForm
  /** The type of what they lead to. */
  readonly to: ObjectType
}

/**
 * The type of an object or a list in a document, and with it the types of its members: `default` is data in a Schema
 * Object, a response in a Responses Object, and the name of a property below `properties`.
 *
 * Fields of all versions stand together: no field has two meanings.
 */
export interface ObjectType {
  /** As the specification calls it. */
  readonly name: string
  /** The fixed fields that hold objects or lists. */
  readonly fields: ReadonlyMap<string, ObjectType>
  /** The type of every other member: of the values of a map, of patterned fields. */
  readonly members: ObjectType
  /** The type of the elements, where the value is a list. A list in place of an object is taken for several such objects. */
  readonly elements: ObjectType
  /** Whether its patterned fields may be mixed with extensions: names that begin with `x-`. */
  readonly isExtensible: boolean
  /** The fields that refer to something else, beside `$ref`. */
  readonly references: readonly (readonly [field: string, ReferenceTexts])[]
  /** What every text in it refers to, whatever its name is: then `$ref` is a name like any other. */
  readonly everyText: ReferenceTexts | undefined
  /** The fields that give the object a name which references can use. */
  readonly identifiers: readonly string[]
  /** The major versions in which a reference to a component of this type may stand in its place. */
  readonly reusableIn: readonly (2 | 3)[]
}

class Definition implements ObjectType {
  readonly name: string
  readonly fields = new Map<string, ObjectType>()
  members: ObjectType = this
  elements: ObjectType = this
  isExtensible = false
  references: readonly (readonly [string, ReferenceTexts])[] = []
  everyText: ReferenceTexts | undefined
  identifiers: readonly string[] = []
  readonly reusableIn: readonly (2 | 3)[]

  constructor(name: string, reusableIn: readonly (2 | 3)[] = []) {
    this.name = name
    this.reusableIn = reusableIn
  }
}

type Rows = Readonly<Record<string, ObjectType>>

function defineFields(type: Definition, rows: Rows): void {
  for (const [field, fieldType] of Object.entries(rows)) type.fields.set(field, fieldType)
}

/** Objects of this type contain objects of the same type, all the way down, except in the fields that are named. */
function nested(name: string, rows: Rows = {}): Definition {
  const type = new Definition(name)
  defineFields(type, rows)
  return type
}

/** Examples, defaults, enumerations: what looks like a reference in there is text. */
export const DATA: ObjectType = nested('data')

/** The value of an example. Some documents put it together from other examples: only references to examples count. */
export const EXAMPLE_VALUE: ObjectType = nested('value of an example')

/** The names of data in what is unknown. Objects that refer to nothing by name are read in the same way. */
const UNKNOWN_FIELDS = { example: DATA, enum: DATA, const: DATA }

/** What no specification describes, like extensions: whatever looks like a reference in there may be one. */
export const UNKNOWN: ObjectType = nested('unknown', UNKNOWN_FIELDS)

/** An object whose members are texts or such objects, with nothing in it that refers to anything by name. */
function plainObject(name: string): ObjectType {
  const type = nested(name, UNKNOWN_FIELDS)
  type.isExtensible = true
  return type
}

function objectType(name: string, reusableIn?: readonly (2 | 3)[]): Definition {
  const type = new Definition(name, reusableIn)
  type.members = UNKNOWN
  return type
}

function mapOf(members: ObjectType): ObjectType {
  const type = new Definition(`map of ${members.name}`)
  type.members = members
  return type
}

/** A list. An object in its place is taken for its only element. */
const listOf = (elements: ObjectType): ObjectType => ({
  ...elements,
  name: `list of ${elements.name}`,
  elements,
  reusableIn: [],
})

/** A map whose names follow a pattern: what begins with `x-` may be an extension instead. */
function patterned(name: string, members: ObjectType, reusableIn?: readonly (2 | 3)[]): Definition {
  const type = new Definition(name, reusableIn)
  type.members = members
  type.isExtensible = true
  return type
}

export const SCHEMA = objectType('Schema Object', [2, 3])
export const RESPONSE = objectType('Response Object', [2, 3])
const PARAMETER = objectType('Parameter Object', [2, 3])
export const EXAMPLE = objectType('Example Object', [3])
const REQUEST_BODY = objectType('Request Body Object', [3])
const HEADER = objectType('Header Object', [3])
export const SECURITY_SCHEME = objectType('Security Scheme Object', [3])
export const LINK = objectType('Link Object', [3])
// OpenAPI 3.2 alone keeps these among the components, and 3.0 has no place for path items there.
const MEDIA_TYPE = objectType('Media Type Object')
export const PATH_ITEM = objectType('Path Item Object')

const CALLBACK = patterned('Callback Object', PATH_ITEM, [3])
export const PATHS: ObjectType = patterned('Paths Object', PATH_ITEM)
const RESPONSES = patterned('Responses Object', RESPONSE)

export const OPERATION = objectType('Operation Object')
const ENCODING = objectType('Encoding Object')
export const SECURITY_REQUIREMENT: ObjectType = objectType('Security Requirement Object')
export const OAUTH_FLOW = objectType('OAuth Flow Object')
export const SERVER = objectType('Server Object')
const SERVER_VARIABLE = objectType('Server Variable Object')
const DISCRIMINATOR = objectType('Discriminator Object')
const MAPPING = objectType('mapping of a Discriminator Object')
const EXTERNAL_DOCUMENTATION = plainObject('External Documentation Object')
export const COMPONENTS = objectType('Components Object')
/** The root of a document. */
export const DOCUMENT = objectType('OpenAPI Object')

/*
 * The table. A keyword that a specification adds is one line here: whatever walks through documents takes it from here.
 *
 * https://spec.openapis.org/oas/ (2.0, 3.0.4, 3.1.2, 3.2.0), https://json-schema.org/draft/2020-12
 */

defineFields(DOCUMENT, {
  info: plainObject('Info Object'),
  servers: listOf(SERVER),
  paths: PATHS,
  webhooks: mapOf(PATH_ITEM),
  // How documents of OpenAPI 3.0 name their webhooks.
  'x-webhooks': mapOf(PATH_ITEM),
  components: COMPONENTS,
  security: SECURITY_REQUIREMENT,
  tags: listOf(plainObject('Tag Object')),
  externalDocs: EXTERNAL_DOCUMENTATION,
  // Swagger 2:
  definitions: mapOf(SCHEMA),
  parameters: mapOf(PARAMETER),
  responses: mapOf(RESPONSE),
  securityDefinitions: mapOf(SECURITY_SCHEME),
})

defineFields(COMPONENTS, {
  schemas: mapOf(SCHEMA),
  responses: mapOf(RESPONSE),
  parameters: mapOf(PARAMETER),
  examples: mapOf(EXAMPLE),
  requestBodies: mapOf(REQUEST_BODY),
  headers: mapOf(HEADER),
  securitySchemes: mapOf(SECURITY_SCHEME),
  links: mapOf(LINK),
  callbacks: mapOf(CALLBACK),
  pathItems: mapOf(PATH_ITEM),
  mediaTypes: mapOf(MEDIA_TYPE),
})

defineFields(SERVER, { ...UNKNOWN_FIELDS, variables: mapOf(SERVER_VARIABLE) })
defineFields(SERVER_VARIABLE, UNKNOWN_FIELDS)

// No version has fields for most of these, but @fastify/swagger writes a route for PROPFIND as one all the same. What is not
// taken for an operation is shown to every reader.
const methodsOfHttp = METHODS.map((method) => [method.toLowerCase(), OPERATION] as const)

defineFields(PATH_ITEM, {
  get: OPERATION,
  put: OPERATION,
  post: OPERATION,
  delete: OPERATION,
  options: OPERATION,
  head: OPERATION,
  patch: OPERATION,
  trace: OPERATION,
  query: OPERATION,
  ...Object.fromEntries(methodsOfHttp),
  additionalOperations: mapOf(OPERATION),
  parameters: listOf(PARAMETER),
  servers: listOf(SERVER),
})

defineFields(OPERATION, {
  tags: DATA,
  externalDocs: EXTERNAL_DOCUMENTATION,
  parameters: listOf(PARAMETER),
  requestBody: REQUEST_BODY,
  responses: RESPONSES,
  callbacks: mapOf(CALLBACK),
  security: SECURITY_REQUIREMENT,
  servers: listOf(SERVER),
})

for (const type of [PARAMETER, HEADER])
  defineFields(type, {
    schema: SCHEMA,
    content: mapOf(MEDIA_TYPE),
    example: EXAMPLE_VALUE,
    examples: mapOf(EXAMPLE),
    // Swagger 2:
    items: SCHEMA,
    default: DATA,
    enum: DATA,
  })

defineFields(REQUEST_BODY, { content: mapOf(MEDIA_TYPE) })

defineFields(MEDIA_TYPE, {
  schema: SCHEMA,
  itemSchema: SCHEMA,
  example: EXAMPLE_VALUE,
  examples: mapOf(EXAMPLE),
  encoding: mapOf(ENCODING),
  itemEncoding: ENCODING,
  prefixEncoding: ENCODING,
  default: DATA,
  enum: DATA,
})

defineFields(ENCODING, {
  headers: mapOf(HEADER),
  encoding: mapOf(ENCODING),
  itemEncoding: ENCODING,
  prefixEncoding: ENCODING,
})

defineFields(RESPONSE, {
  headers: mapOf(HEADER),
  content: mapOf(MEDIA_TYPE),
  links: mapOf(LINK),
  // Swagger 2; the examples are bodies by media type:
  schema: SCHEMA,
  examples: DATA,
})

defineFields(EXAMPLE, { value: EXAMPLE_VALUE, dataValue: EXAMPLE_VALUE })

defineFields(LINK, { parameters: DATA, requestBody: DATA, server: SERVER })
LINK.references = [['operationRef', { form: 'operationReference', to: OPERATION }]]

defineFields(SECURITY_SCHEME, { flows: mapOf(OAUTH_FLOW) })
defineFields(OAUTH_FLOW, UNKNOWN_FIELDS)

defineFields(SCHEMA, {
  allOf: SCHEMA,
  anyOf: SCHEMA,
  oneOf: SCHEMA,
  not: SCHEMA,
  if: SCHEMA,
  else: SCHEMA,
  items: SCHEMA,
  prefixItems: SCHEMA,
  additionalItems: SCHEMA,
  unevaluatedItems: SCHEMA,
  contains: SCHEMA,
  properties: mapOf(SCHEMA),
  patternProperties: mapOf(SCHEMA),
  additionalProperties: SCHEMA,
  unevaluatedProperties: SCHEMA,
  propertyNames: SCHEMA,
  dependentSchemas: mapOf(SCHEMA),
  // Earlier drafts: schemas, or lists of names.
  dependencies: mapOf(SCHEMA),
  contentSchema: SCHEMA,
  $defs: mapOf(SCHEMA),
  definitions: mapOf(SCHEMA),
  discriminator: DISCRIMINATOR,
  externalDocs: EXTERNAL_DOCUMENTATION,
  example: DATA,
  examples: DATA,
  default: DATA,
  enum: DATA,
  const: DATA,
  required: DATA,
  type: DATA,
})
// By itself: an object with a member of this name passes for a promise.
SCHEMA.fields.set('then', SCHEMA)
SCHEMA.references = [['$dynamicRef', { form: 'dynamicReference', to: SCHEMA }]]
SCHEMA.identifiers = ['$id', '$anchor', '$dynamicAnchor']

const SCHEMA_NAME: ReferenceTexts = { form: 'schemaNameOrReference', to: SCHEMA }
defineFields(DISCRIMINATOR, { mapping: MAPPING })
DISCRIMINATOR.references = [['defaultMapping', SCHEMA_NAME]]
MAPPING.everyText = SCHEMA_NAME

const isVersion2 = ({ swagger }: OpenApiDocument): boolean => swagger !== undefined

/** The keys that lead from a document to its components of a type. */
export function sectionOf(type: ObjectType, document: OpenApiDocument): readonly string[] {
  const [at, { fields }] = isVersion2(document) ? [[], DOCUMENT] : [['components'], COMPONENTS]
  const section = [...fields.keys()].find((name) => fields.get(name)?.members === type)
  return [...at, section as string]
}

/** Whether a value of this type can be moved to the components of a document, with a reference left in its place. */
export const isReusable = ({ reusableIn }: ObjectType, document: OpenApiDocument): boolean =>
  reusableIn.includes(isVersion2(document) ? 2 : 3)

/** The type of the components of a section, where `at` leads to one: `components.schemas`, `definitions` of Swagger 2. */
export function componentType([first = '', second]: readonly string[]): ObjectType | undefined {
  if (first !== 'components') {
    const members = DOCUMENT.fields.get(first)?.members
    return members && members.reusableIn.length > 0 ? members : undefined
  }
  if (second === undefined || second.startsWith('x-')) return undefined
  return COMPONENTS.fields.get(second)?.members ?? UNKNOWN
}
