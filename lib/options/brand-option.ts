import { readFileSync, statSync } from 'node:fs'
import { type Picture, pictureOf } from '../pages/picture.ts'
import { invalidOption } from '../validation/option.ts'

const MAX_BYTES = 256 * 1024
const DATA_URL = /^data:[^,]*?(;base64)?,(.*)$/is

function readFile(option: string, path: string, remedy: string): Buffer {
  try {
    // Only regular files: reading a named pipe would never end.
    if (statSync(path).isFile()) return readFileSync(path)
  } catch {
    // Reported below, like a path that is not a file.
  }
  return invalidOption(option, path, remedy)
}

function refuseLarge(option: string, value: unknown, bytes: Buffer): void {
  if (bytes.length > MAX_BYTES) invalidOption(option, value, 'write a file of at most 256 KB')
}

// RFC 2397, section 3. Undefined if the percent-encoding is malformed.
function bytesOfDataUrl(url: string): Buffer | undefined {
  const [, base64, data = ''] = DATA_URL.exec(url) ?? []
  try {
    return Buffer.from(decodeURIComponent(data), base64 === undefined ? 'utf8' : 'base64')
  } catch {
    return undefined
  }
}

const LOGO = 'the path of a PNG, JPEG, GIF, WebP or SVG file, its bytes, or a data: URL'

function bytesOf(option: string, value: unknown): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (typeof value !== 'string' || value === '') return invalidOption(option, value, `write ${LOGO}`)
  if (/^data:/i.test(value)) return bytesOfDataUrl(value)
  return readFile(
    option,
    value,
    `write ${LOGO}; this cannot be read: a file is looked for from the current folder`,
  )
}

/** Reads an option that is a picture: the path of a file, bytes, or a `data:` URL. */
export function pictureOption(option: string, value: unknown): Picture | undefined {
  if (value === undefined) return undefined
  const bytes = bytesOf(option, value)
  if (bytes) refuseLarge(option, value, bytes)
  const picture = bytes && pictureOf(bytes)
  return (
    picture ??
    invalidOption(
      option,
      value,
      'write a picture whose content is PNG, JPEG, GIF, WebP or SVG (with its xmlns)',
    )
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the style sheet whose path the option is. */
export function styleOption(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const remedy = 'write the path of a CSS file that can be read, from the current folder'
  if (typeof value !== 'string' || value === '') return invalidOption(option, value, remedy)
  const bytes = readFile(option, value, remedy)
  refuseLarge(option, value, bytes)
  try {
    return utf8.decode(bytes)
  } catch {
    return invalidOption(option, value, 'write the path of a CSS file in UTF-8')
  }
}
