import type { Representation } from '../../http/representation.ts'
import { type OpenApiDocument, titleOf } from '../document/document.ts'
import { encode } from '../encoding/encode.ts'
import { type Encoder, encoder as shared } from '../encoding/encoder.ts'
import { asBuffer, createResource, type Resource, type ResourceOptions } from '../encoding/resource.ts'
import { jsonSlices, representSlices } from '../encoding/sliced.ts'
import { connectSources } from '../page/connect-sources.ts'

/** What one audience sees of one document: bytes that are made once, when they are first asked for. */
export interface View {
  readonly title: string | undefined
  readonly connectSources: readonly string[]
  /** Where the document says that a name and a password become a token of this app; undefined in another service's. */
  readonly tokenUrl: string | undefined
  /** How many bytes are held. */
  readonly bytes: number
  json(): Promise<Resource>
  yaml(): Promise<Resource>
}

export type ViewOptions = Pick<ResourceOptions, 'encoder' | 'grown'> & Partial<Pick<View, 'tokenUrl'>>

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
  createForm(
    async () => createResource(await representSlices(jsonSlices(document), JSON_TYPE), { encoder, grown }),
    grown,
  )

async function yamlOf(json: Buffer, encoder: Encoder): Promise<Representation> {
  // Without the thread it takes its time here.
  const { body, etag } = await encoder.encode('yaml', json, true).catch(() => encode('yaml', json))
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
  { encoder = shared, grown = () => {}, tokenUrl }: ViewOptions = {},
): View {
  const json = jsonForm(document, encoder, grown)
  const yaml = yamlForm(json, encoder, grown)
  return {
    title: titleOf(document),
    connectSources: connectSources(document),
    tokenUrl,
    get bytes() {
      return json.bytes + yaml.bytes
    },
    json: json.ask,
    yaml: yaml.ask,
  }
}
