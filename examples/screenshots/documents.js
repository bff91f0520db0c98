// Two documents for screenshots. Together they contain everything that Swagger UI displays differently.

const ref = (name) => ({ $ref: `#/components/schemas/${name}` })
const json = (schema, description) => ({ description, content: { 'application/json': { schema } } })
const body = (schema) => ({ required: true, content: { 'application/json': { schema } } })

const orderId = {
  name: 'orderId',
  in: 'path',
  required: true,
  description: 'As it stands in the confirmation.',
  schema: { type: 'string', examples: ['A-1042'] },
}

const schemas = {
  Order: {
    type: 'object',
    required: ['id', 'state', 'items'],
    properties: {
      id: { type: 'string', examples: ['A-1042'] },
      state: { type: 'string', enum: ['open', 'paid', 'shipped'], description: 'How far it has come.' },
      items: { type: 'array', minItems: 1, items: ref('Item') },
      note: { type: 'string', maxLength: 500, deprecated: true },
    },
  },
  Item: {
    type: 'object',
    required: ['sku', 'quantity'],
    properties: {
      sku: { type: 'string', pattern: '^[a-z]+-[0-9]+$', examples: ['apple-12'] },
      quantity: { type: 'integer', minimum: 1, examples: [3] },
    },
  },
  Problem: {
    type: 'object',
    properties: {
      status: { type: 'integer', examples: [404] },
      title: { type: 'string', examples: ['There is no such order.'] },
    },
  },
}

const listOrders = {
  tags: ['orders'],
  operationId: 'listOrders',
  summary: 'The orders of your account',
  description: 'The newest first. **A page has 50 orders**; `after` is the last one of the page before.',
  parameters: [
    { name: 'state', in: 'query', schema: { type: 'string', enum: ['open', 'paid', 'shipped'] } },
    { name: 'after', in: 'query', description: 'The `id` of an order.', schema: { type: 'string' } },
    { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 50, default: 50 } },
  ],
  responses: {
    200: json({ type: 'array', items: ref('Order') }, 'A page of orders'),
    401: { description: 'Nobody is signed in' },
  },
}

const guarded = [{ bearer: [] }, { password: ['orders:write'] }]

const placeOrder = {
  tags: ['orders'],
  operationId: 'placeOrder',
  summary: 'Place an order',
  security: guarded,
  requestBody: body(ref('Order')),
  responses: {
    201: json(ref('Order'), 'The order as it was placed'),
    422: json(ref('Problem'), 'Something in it cannot be ordered'),
  },
}

const ofOne = (operation) => ({
  tags: ['orders'],
  parameters: [orderId],
  responses: { 200: json(ref('Order'), 'The order'), 404: json(ref('Problem'), 'There is none') },
  ...operation,
})

export const ORCHARD = {
  openapi: '3.1.0',
  info: {
    title: 'Orchard Orders',
    version: '2.4.0',
    description:
      'Place orders at the orchard, follow them, and have them delivered.\n\n' +
      'Every call is made as a user of yours. Send a [Bearer token](https://www.rfc-editor.org/rfc/rfc6750), or call from this page, as whom you are signed in here.\n\n' +
      '| environment | what it is for |\n|---|---|\n| live | orders that are shipped |\n| sandbox | everything else: `state` goes on by itself |',
    contact: { name: 'The people of the orchard', email: 'api@orchard.example' },
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [
    { url: '/', description: 'Sandbox' },
    { url: 'https://api.orchard.example/v2', description: 'Live' },
  ],
  tags: [
    { name: 'orders', description: 'What somebody wants to have' },
    {
      name: 'deliveries',
      description: 'Where it is',
      externalDocs: { description: 'How we ship', url: 'https://orchard.example/shipping' },
    },
  ],
  paths: {
    '/orders': { get: listOrders, post: placeOrder },
    '/orders/{orderId}': {
      get: ofOne({ operationId: 'getOrder', summary: 'One order' }),
      put: ofOne({
        operationId: 'replaceOrder',
        summary: 'Replace an order',
        security: guarded,
        requestBody: body(ref('Order')),
      }),
      patch: ofOne({ operationId: 'changeOrder', summary: 'Change the note', deprecated: true }),
      delete: ofOne({ operationId: 'cancelOrder', summary: 'Cancel an order', security: guarded }),
    },
    '/orders/{orderId}/deliveries/{deliveryId}/events': {
      get: ofOne({
        tags: ['deliveries'],
        operationId: 'followDelivery',
        summary: 'Where a delivery has been, and where it is expected next',
      }),
    },
  },
  components: {
    schemas,
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'A token from `/auth/login`.' },
      password: {
        type: 'oauth2',
        flows: {
          password: {
            tokenUrl: '/auth/token',
            scopes: { 'orders:read': 'See orders', 'orders:write': 'Place and change orders' },
          },
        },
      },
    },
  },
}

export const WAREHOUSE = {
  openapi: '3.0.3',
  info: { title: 'Warehouse', version: '1.0.0' },
  paths: {
    '/shelves': {
      get: {
        operationId: 'listShelves',
        summary: 'What is where',
        responses: { 200: { description: 'OK' } },
      },
    },
  },
}
