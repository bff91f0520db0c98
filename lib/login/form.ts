const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The media type of a form, with or without parameters. */
export const isForm = (contentType: string | undefined): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded'

/**
 * The parameters of a form body, or null where the body is not one: bytes that are not UTF-8, or a parameter twice.
 * @see RFC 6749, section 3.2 (parameters must not be included more than once) and appendix B
 */
export function parseForm(body: unknown): ReadonlyMap<string, string> | null {
  if (!Buffer.isBuffer(body)) return new Map()
  try {
    const pairs = [...new URLSearchParams(utf8.decode(body))]
    const form = new Map(pairs)
    // Percent-encoded bytes that are not UTF-8 become U+FFFD, which nobody types.
    const isText = pairs.every((pair) => !pair.some((text) => text.includes('\uFFFD')))
    return isText && form.size === pairs.length ? form : null
  } catch {
    return null
  }
}
