import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type ContentCoding, etagOf } from '../../http/representation.ts'
import { parseJson } from '../../openapi/exact-json.ts'
import { writeYaml } from './write-yaml.ts'

/** An encoding of bytes: a content coding, or YAML for a JSON document. */
export type Encoding = ContentCoding | 'yaml'

export interface Encoded {
  readonly body: Uint8Array
  readonly etag: string
}

// YAML is made from the JSON bytes, not from the document, so that both always show the same.
const yamlOf = (json: Uint8Array): Buffer => Buffer.from(writeYaml(parseJson(Buffer.from(json).toString())))

// Quality 11 takes thirty times as long and saves a few per cent.
const brotli = (body: Uint8Array): Buffer =>
  brotliCompressSync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength,
    },
  })

const ENCODE = { yaml: yamlOf, br: brotli, gzip: (body: Uint8Array): Buffer => gzipSync(body, { level: 9 }) }

/** Encodes synchronously: megabytes block the thread for seconds. */
export function encode(encoding: Encoding, bytes: Uint8Array): Encoded {
  const body = ENCODE[encoding](bytes)
  return { body, etag: etagOf(body) }
}
