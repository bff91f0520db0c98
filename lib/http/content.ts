import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib'

const MAX_BYTES = 64 * 1024 * 1024

// What is cut off is read as far as it goes.
const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BYTES }),
  deflate: (body) => inflateSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BYTES }),
  br: (body) =>
    brotliDecompressSync(body, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MAX_BYTES }),
}

/** The content of a body, as text to search in: decoded where it can be, otherwise as it came. */
export function contentText(body: Buffer, contentEncoding: string): string {
  const decode = DECODERS[contentEncoding.trim().toLowerCase()]
  try {
    return (decode?.(body) ?? body).toString('latin1')
  } catch {
    return body.toString('latin1')
  }
}
