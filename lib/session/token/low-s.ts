// The order n of the curve P-256. @see SEC 2, section 2.4.2
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const INTEGER_BYTES = 32

const bytesOf = (integer: bigint): Buffer =>
  Buffer.from(integer.toString(16).padStart(2 * INTEGER_BYTES, '0'), 'hex')

const HALF_ORDER = bytesOf(ORDER / 2n)

const isLow = (s: Buffer): boolean => Buffer.compare(s, HALF_ORDER) <= 0
const signatureStart = (token: string): number => token.lastIndexOf('.') + 1
const signatureOf = (token: string): Buffer => Buffer.from(token.slice(signatureStart(token)), 'base64url')

/**
 * Whether the ES256 signature of a token is the canonical one. From a valid signature (r, s) anybody can compute another,
 * (r, n - s), without the key. The gate issues and accepts the one with the smaller s.
 * @see RFC 7515, appendix A.3; BIP 146 (LOW_S)
 */
export const isLowS = (token: string): boolean => isLow(signatureOf(token).subarray(INTEGER_BYTES))

/** The same token with its canonical signature. */
export function withLowS(token: string): string {
  const signature = signatureOf(token)
  const [r, s] = [signature.subarray(0, INTEGER_BYTES), signature.subarray(INTEGER_BYTES)]
  if (isLow(s)) return token
  const low = bytesOf(ORDER - BigInt(`0x${s.toString('hex')}`))
  return token.slice(0, signatureStart(token)) + Buffer.concat([r, low]).toString('base64url')
}
