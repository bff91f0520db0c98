import type { Refuse } from '../document-error.ts'

const LITTLE_ENDIAN = [0xff, 0xfe]
const BIG_ENDIAN = [0xfe, 0xff]

const beginsWith = (bytes: Buffer, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte)

// The first character of JSON and of YAML is one of ASCII, unless it is a byte order mark: the rest of it is zero.
const zerosOf = (bytes: Buffer): string =>
  bytes.length < 2 ? '' : [...bytes.subarray(0, 4)].map((byte) => (byte === 0 ? '0' : 'x')).join('')

const isUtf32 = (bytes: Buffer, zeros: string): boolean =>
  bytes.length >= 4 &&
  (beginsWith(bytes, [0, 0, ...BIG_ENDIAN]) ||
    beginsWith(bytes, [...LITTLE_ENDIAN, 0, 0]) ||
    zeros === '000x' ||
    zeros === 'x000')

/**
 * The text of a document: in UTF-8, or in UTF-16 with a byte order mark or without.
 *
 * @see YAML 1.2.2, section 5.2; RFC 4627, section 3
 */
export function decodeText(bytes: Buffer, refuse: Refuse): string {
  const zeros = zerosOf(bytes)
  if (isUtf32(bytes, zeros)) refuse('is in UTF-32, which is not read here; save it as UTF-8')
  if (beginsWith(bytes, LITTLE_ENDIAN) || zeros.startsWith('x0')) return bytes.toString('utf16le')
  if (beginsWith(bytes, BIG_ENDIAN) || zeros.startsWith('0x'))
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le')
  return bytes.toString()
}
