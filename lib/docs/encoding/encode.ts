import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type ContentCoding, etagOf } from '../../http/representation.ts'
import { parseJson } from '../../openapi/exact-json.ts'
import { writeYaml } from './write-yaml.ts'

/** What is made of bytes that are there: another form of a JSON document, or a coding of any bytes. */
export type Encoding = ContentCoding | 'yaml'

export interface Encoded {
  readonly body: Uint8Array
  readonly etag: string
}

// From the bytes, not from the document: what is shown in one form is shown in the other.
const yamlOf = (json: Uint8Array): Buffer => Buffer.from(writeYaml(parseJson(Buffer.from(json).toString())))

// Level 11 takes thirty times as long and saves a few per cent.
const brotli = (body: Uint8Array): Buffer =>
  brotliCompressSync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength,
    },
  })

const ENCODE = { yaml: yamlOf, br: brotli, gzip: (body: Uint8Array): Buffer => gzipSync(body, { level: 9 }) }

/** Encodes at once, and blocks for as long as it takes: megabytes take seconds. */
export function encode(encoding: Encoding, bytes: Uint8Array): Encoded {
  const body = ENCODE[encoding](bytes)
  return { body, etag: etagOf(body) }
}
