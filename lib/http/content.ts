import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib'

const MAX_BYTES = 64 * 1024 * 1024

// The flush options make truncated data decode as far as it goes, without an error.
const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BYTES }),
  deflate: (body) => inflateSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BYTES }),
  br: (body) =>
    brotliDecompressSync(body, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MAX_BYTES }),
}

/** The content of a body as text to search in. A body that cannot be decoded is used as it is. */
export function contentText(body: Buffer, contentEncoding: string): string {
  const decode = DECODERS[contentEncoding.trim().toLowerCase()]
  try {
    return (decode?.(body) ?? body).toString('latin1')
  } catch {
    return body.toString('latin1')
  }
}
