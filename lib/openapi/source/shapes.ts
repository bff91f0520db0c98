/** What stands in a document: a schema, a parameter, a map of responses. */
export interface Shape {
  readonly fields?: Readonly<Record<string, string>>
  /** Of maps and lists: what is in them. Where a shape has none, a list of it is one of such. */
  readonly each?: string
  /** Whether a name of it that begins with `x-` is an extension, and not one of its members. */
  readonly isExtensible?: true
  /** Where OpenAPI 3 has such a thing among its components, and Swagger 2 at its root: it can be referred to there. */
  readonly component?: string
  readonly swagger2?: string
}

const fields = (names: string, shape: string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.split(' ').map((name) => [name, shape]))

const SCHEMA_FIELDS =
  'items additionalItems additionalProperties unevaluatedItems unevaluatedProperties not if then else contains ' +
  'propertyNames contentSchema allOf anyOf oneOf prefixItems'
const METHODS = 'get put post delete options head patch trace query'

/**
 * What can stand below what. Only there is a `$ref` one: in an example, a default or an extension it is data.
 *
 * @see OpenAPI 3.2, section 4; Swagger 2.0; JSON Schema 2020-12
 */
export const SHAPES: Readonly<Record<string, Shape>> = {
  document: {
    fields: {
      ...fields('info tags externalDocs', 'plain'),
      servers: 'servers',
      paths: 'paths',
      ...fields('webhooks x-webhooks', 'pathItems'),
      ...fields('parameters', 'parameters'),
      ...fields('responses', 'responses'),
      components: 'components',
      definitions: 'schemas',
      securityDefinitions: 'securitySchemes',
    },
  },
  plain: { each: 'plain', isExtensible: true },
  components: {
    fields: {
      ...Object.fromEntries(
        'schemas responses parameters examples requestBodies headers securitySchemes links callbacks pathItems'
          .split(' ')
          .map((section) => [section, section]),
      ),
      mediaTypes: 'content',
    },
  },
  paths: { each: 'pathItem', isExtensible: true },
  pathItems: { each: 'pathItem' },
  pathItem: {
    fields: {
      ...fields(METHODS, 'operation'),
      additionalOperations: 'operations',
      parameters: 'parameters',
      servers: 'servers',
    },
  },
  operations: { each: 'operation' },
  operation: {
    fields: {
      parameters: 'parameters',
      requestBody: 'requestBody',
      responses: 'answers',
      callbacks: 'callbacks',
      servers: 'servers',
      externalDocs: 'plain',
    },
  },
  servers: { each: 'server' },
  server: {},
  callbacks: { each: 'callback' },
  callback: { each: 'pathItem', isExtensible: true, component: 'callbacks' },
  parameters: { each: 'parameter' },
  parameter: {
    fields: { schema: 'schema', items: 'schema', content: 'content', examples: 'examples' },
    component: 'parameters',
    swagger2: 'parameters',
  },
  headers: { each: 'header' },
  header: {
    fields: { schema: 'schema', items: 'schema', content: 'content', examples: 'examples' },
    component: 'headers',
  },
  requestBodies: { each: 'requestBody' },
  requestBody: { fields: { content: 'content' }, component: 'requestBodies' },
  answers: { each: 'response', isExtensible: true },
  responses: { each: 'response' },
  response: {
    fields: { headers: 'headers', content: 'content', links: 'links', schema: 'schema' },
    component: 'responses',
    swagger2: 'responses',
  },
  content: { each: 'mediaType' },
  mediaType: {
    fields: {
      ...fields('schema itemSchema', 'schema'),
      ...fields('prefixEncoding itemEncoding', 'encoding'),
      examples: 'examples',
      encoding: 'encodings',
    },
  },
  encodings: { each: 'encoding' },
  encoding: {
    fields: {
      headers: 'headers',
      ...fields('prefixEncoding itemEncoding', 'encoding'),
      encoding: 'encodings',
    },
  },
  schemas: { each: 'schema' },
  schema: {
    fields: {
      ...fields(SCHEMA_FIELDS, 'schema'),
      ...fields('properties patternProperties dependentSchemas dependencies $defs definitions', 'schemas'),
      externalDocs: 'plain',
    },
    component: 'schemas',
    swagger2: 'definitions',
  },
  examples: { each: 'example' },
  example: { component: 'examples' },
  links: { each: 'link' },
  link: { fields: { server: 'server' }, component: 'links' },
  securitySchemes: { each: 'securityScheme' },
  securityScheme: { component: 'securitySchemes' },
}
