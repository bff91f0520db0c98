import { invalidOption } from '../validation/option.ts'

const EXAMPLE = '"https://api.example.com/internal"'

// Checked before parsing, because the URL parser drops white space and reads a backslash as a slash.
const isHttpUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value)

/** Validates `publicUrl` and removes slashes at its end, so that a path can be appended. */
export function publicUrlOption(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (!isHttpUrl(value)) invalidOption('publicUrl', value, `write a whole http(s) URL like ${EXAMPLE}`)
  const { username, password, origin, pathname } = new URL(value)
  if (username !== '' || password !== '')
    invalidOption('publicUrl', value, `write it without credentials, like ${EXAMPLE}`)
  if (/[?#]/.test(value))
    invalidOption('publicUrl', value, `write it without query and fragment, like ${EXAMPLE}`)
  return origin + pathname.replace(/\/+$/, '')
}
