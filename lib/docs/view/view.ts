import { DocumentBusyError } from '../../errors.ts'
import type { Representation } from '../../http/representation.ts'
import { type OpenApiDocument, titleOf } from '../../openapi/document.ts'
import { within } from '../../runtime/deadline.ts'
import { encode } from '../encoding/encode.ts'
import { type Encoder, encoder as shared } from '../encoding/encoder.ts'
import { asBuffer, createResource, type Resource, type ResourceOptions } from '../encoding/resource.ts'
import { representJson } from '../encoding/sliced.ts'
import { connectSources } from './connect-sources.ts'

/** What one audience sees of one document: bytes that are made once, when they are first asked for. */
export interface View {
  readonly title: string | undefined
  readonly connectSources: readonly string[]
  /** Where the document says that a name and a password become a token of this app; undefined in another service's. */
  readonly tokenUrl: string | undefined
  /** How many bytes are held. */
  readonly bytes: number
  json(): Promise<Resource>
  /** @throws `DOCS_GATE_BUSY` (503) while it is being made and takes long */
  yaml(): Promise<Resource>
}

export interface ViewOptions
  extends Pick<ResourceOptions, 'encoder' | 'grown'>,
    Partial<Pick<View, 'tokenUrl'>> {
  /** For how many milliseconds a reader waits for YAML, which takes the thread about a second for each megabyte. */
  readonly patienceMilliseconds?: number
}

const PATIENCE_MILLISECONDS = 10_000
// Without the thread, so much is made here: other requests wait for a quarter of a second.
const MAX_BYTES_HERE = 262_144
const BYTES_PER_SECOND = 1_000_000

const JSON_TYPE = 'application/json; charset=utf-8'
// RFC 9512: the registered media type of YAML.
const YAML_TYPE = 'application/yaml; charset=utf-8'

/** One form of a document. */
interface Form {
  readonly bytes: number
  ask(): Promise<Resource>
}

/** Makes a form once, for everybody who asks meanwhile and after; where it failed, the next one to ask tries again. */
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
    // What it was made of may go.
    maker = undefined
    grown()
    return made
  }

  return {
    get bytes() {
      return made?.bytes ?? 0
    },
    ask() {
      making ??= run()
      return making
    },
  }
}

// In functions of their own: what one form is made of is not held for the sake of the other.
const jsonForm = (document: OpenApiDocument, encoder: Encoder, grown: () => void): Form =>
  createForm(async () => createResource(await representJson(document, JSON_TYPE), { encoder, grown }), grown)

// How long it takes from the start: who has waited for a part of it may have to come back once more.
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
    const { plain } = await json.ask()
    return createResource(await yamlOf(plain.body, encoder), { encoder, grown })
  }, grown)

/** A view of a whole document: what is not to be seen has been taken out of it before. */
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
    const { plain } = await json.ask()
    return within(yaml.ask(), patienceMilliseconds, () => new DocumentBusyError(secondsFor(plain.body)))
  }
  return {
    title: titleOf(document),
    connectSources: connectSources(document),
    tokenUrl,
    get bytes() {
      return json.bytes + yaml.bytes
    },
    json: json.ask,
    yaml: yamlInTime,
  }
}
