import { DocumentBusyError } from '../../errors.ts'
import type { Representation } from '../../http/representation.ts'
import { type OpenApiDocument, titleOf } from '../../openapi/document.ts'
import { within } from '../../runtime/deadline.ts'
import { encode } from '../encoding/encode.ts'
import { type Encoder, encoder as shared } from '../encoding/encoder.ts'
import { representJson } from '../encoding/json-slices.ts'
import { asBuffer, createResource, type Resource, type ResourceOptions } from '../encoding/resource.ts'
import { connectSources } from './connect-sources.ts'

/** One document as some users see it. Its bytes are made once, when they are first requested. */
export interface View {
  readonly title: string | undefined
  readonly connectSources: readonly string[]
  /** The token URL in the app's own document, where users exchange a password for a token; undefined for others. */
  readonly tokenUrl: string | undefined
  /** How many bytes are in memory. */
  readonly bytes: number
  json(): Promise<Resource>
  /** @throws `DOCS_GATE_BUSY` (503) if making it takes longer than a reader waits */
  yaml(): Promise<Resource>
}

export interface ViewOptions
  extends Pick<ResourceOptions, 'encoder' | 'grown'>,
    Partial<Pick<View, 'tokenUrl'>> {
  /** For how many milliseconds a reader waits for YAML, which takes the worker about a second per megabyte. */
  readonly patienceMilliseconds?: number
}

const PATIENCE_MILLISECONDS = 10_000
// If the worker fails, up to this size is made on the main thread. It blocks other requests for a quarter of a second.
const MAX_BYTES_HERE = 262_144
const BYTES_PER_SECOND = 1_000_000

const JSON_TYPE = 'application/json; charset=utf-8'
// RFC 9512: the registered media type of YAML.
const YAML_TYPE = 'application/yaml; charset=utf-8'

/** One form of a document: JSON or YAML. */
interface Form {
  readonly bytes: number
  get(): Promise<Resource>
}

/** A form that is made once, at the first call of `get`. If that fails, the next call tries again. */
function createForm(make: () => Promise<Resource>, grown: () => void): Form {
  let maker: typeof make | undefined = make
  let making: Promise<Resource> | undefined
  let made: Resource | undefined

  async function run(): Promise<Resource> {
    try {
      made = await (maker as typeof make)()
    } catch (error) {
      making = undefined
      throw error
    }
    // Releases the document that the form was made from.
    maker = undefined
    grown()
    return made
  }

  return {
    get bytes() {
      return made?.bytes ?? 0
    },
    get() {
      making ??= run()
      return making
    },
  }
}

// Separate functions, so that the closure of one form does not keep what the other one is made from in memory.
const jsonForm = (document: OpenApiDocument, encoder: Encoder, grown: () => void): Form =>
  createForm(async () => createResource(await representJson(document, JSON_TYPE), { encoder, grown }), grown)

// The time for the whole conversion, although a part of it is done when the first reader has waited.
const secondsFor = ({ length }: Buffer): number => Math.ceil(length / BYTES_PER_SECOND) + 1

async function yamlOf(json: Buffer, encoder: Encoder): Promise<Representation> {
  const { encoded, expedite } = encoder.encode('yaml', json)
  expedite()
  const { body, etag } = await encoded.catch((cause: unknown) => {
    if (json.length > MAX_BYTES_HERE) throw new DocumentBusyError(secondsFor(json), { cause })
    return encode('yaml', json)
  })
  return { body: asBuffer(body), etag, contentType: YAML_TYPE }
}

const yamlForm = (json: Form, encoder: Encoder, grown: () => void): Form =>
  createForm(async () => {
    const { plain } = await json.get()
    return createResource(await yamlOf(plain.body, encoder), { encoder, grown })
  }, grown)

/** A view of a document from which hidden operations have been removed already. */
export function createView(
  document: OpenApiDocument,
  {
    encoder = shared,
    grown = () => {},
    patienceMilliseconds = PATIENCE_MILLISECONDS,
    tokenUrl,
  }: ViewOptions = {},
): View {
  const json = jsonForm(document, encoder, grown)
  const yaml = yamlForm(json, encoder, grown)
  async function yamlInTime(): Promise<Resource> {
    const { plain } = await json.get()
    return within(yaml.get(), patienceMilliseconds, () => new DocumentBusyError(secondsFor(plain.body)))
  }
  return {
    title: titleOf(document),
    connectSources: connectSources(document),
    tokenUrl,
    get bytes() {
      return json.bytes + yaml.bytes
    },
    json: json.get,
    yaml: yamlInTime,
  }
}
