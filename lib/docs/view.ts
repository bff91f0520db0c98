import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { connectSources } from './connect-sources.ts'
import { type OpenApiDocument, titleOf } from './document.ts'

/** Bytes to send, with the validator that stands for them. */
export interface Representation {
  readonly body: Buffer
  /** Strong. @see RFC 9110, section 8.8.3 */
  readonly etag: string
  readonly contentType: string
}

/** What one audience sees of one document: bytes that were made once. */
export interface View {
  readonly title: string | undefined
  readonly connectSources: readonly string[]
  readonly json: Representation
  /** Made when it is first asked for. */
  readonly yaml: Representation
}

export function represent(text: string | Buffer, contentType: string): Representation {
  const body = Buffer.from(text as string)
  const digest = createHash('sha256').update(body).digest('base64url')
  return { body, etag: `"${digest}"`, contentType }
}

/** A view of a whole document. */
export function createView(document: OpenApiDocument): View {
  const json = represent(JSON.stringify(document), 'application/json; charset=utf-8')
  let yaml: Representation | undefined
  return {
    title: titleOf(document),
    connectSources: connectSources(document),
    json,
    get yaml() {
      // From the bytes, not from the document: what is shown in one form is shown in the other.
      // RFC 9512: the registered media type of YAML.
      yaml ??= represent(
        stringify(JSON.parse(json.body.toString()), { aliasDuplicateObjects: false }),
        'application/yaml; charset=utf-8',
      )
      return yaml
    },
  }
}
