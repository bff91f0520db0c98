import SwaggerParser from '@apidevtools/swagger-parser'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'
import { logIn, testApp } from '../helper.ts'

const FORMS = [
  { openapi: { openapi: '3.0.3', info: { title: 'Pets', version: '1' } } },
  { openapi: { openapi: '3.1.0', info: { title: 'Pets', version: '1' } } },
  { swagger: { info: { title: 'Pets', version: '1' } } },
  // With schemes of the host's own, under names that the gate would like to have, and a security of the whole document.
  {
    openapi: {
      openapi: '3.0.3',
      info: { title: 'Pets', version: '1' },
      security: [{ bearer: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http' as const, scheme: 'bearer' },
          cookie: { type: 'apiKey' as const, in: 'header', name: 'x-key' },
        },
      },
    },
  },
]

const pet = {
  $id: 'Pet',
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, friends: { type: 'array', items: { $ref: 'Pet#' } } },
}

t.test('what each user reads is a valid document, in every version', async (t) => {
  const config = await createConfig({ extends: ['spec'] })
  for (const swagger of FORMS) {
    const app = await testApp(t, {
      gate: { swagger },
      after: (host) => {
        host.addSchema(pet)
        const schema = {
          tags: ['pets'],
          params: { type: 'object', properties: { id: { type: 'integer' } } },
          response: {
            200: { $ref: 'Pet#' },
            403: { description: 'Mine.', type: 'null' },
          },
        }
        host.get('/pets/:id', { onRequest: host.authenticate, schema }, async () => ({ name: 'Rex' }))
        host.put(
          '/pets/:id',
          { preHandler: host.authorize('admin'), schema: { ...schema, body: { $ref: 'Pet#' } } },
          async () => ({}),
        )
        host.get('/open/:id', { schema: { ...schema, security: [] } }, async () => ({ name: 'Rex' }))
      },
    })
    for (const [username, password] of [
      ['johndoe', 'secret'],
      ['jane', 'secret2'],
    ] as const) {
      const { bearer: authorization } = await logIn(app, username, password)
      const { body } = await app.inject({ url: '/openapi.json', headers: { authorization } })
      const name = `${Object.keys(JSON.parse(body))[0]} ${JSON.parse(body).openapi ?? '2.0'}, ${username}`
      await t.resolves(SwaggerParser.validate(JSON.parse(body)), `${name}: swagger-parser`)
      const problems = await lintFromString({ source: body, config })
      const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)
      t.strictSame(errors, [], `${name}: redocly`)
      t.equal(body.includes('"put"'), username === 'johndoe', `${name}: what is hidden`)
    }
  }
})
