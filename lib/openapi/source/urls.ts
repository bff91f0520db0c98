import { DocumentError, type Refuse } from '../document-error.ts'
import { percentDecoded } from '../pointer.ts'
import { isInFolder, outsideOf, type Source, type SourceFile, shownUrl } from './source-scope.ts'
import { decodeText } from './text.ts'

/** The limits for a source that is fetched. */
export interface FetchLimits {
  /** For all its files together. Fastify stops waiting for a plugin after ten seconds, without saying why. */
  readonly seconds: number
  /** Of all its files together. */
  readonly bytes: number
}

export const FETCH_LIMITS: FetchLimits = { seconds: 8, bytes: 64 * 1024 * 1024 }

const MAX_REDIRECTS = 5
const ACCEPT = 'application/json, application/yaml, application/openapi+json, */*;q=0.5'

// `fetch` refuses a URL with credentials.
function authorizationOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {}
  const credentials = `${percentDecoded(username)}:${percentDecoded(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare
}

function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: { code?: unknown; message?: string } }
  const { code, message } = cause as { code?: unknown; message?: string }
  return String(code ?? message)
}

const INSTEAD = 'save the document and write the path of its file'

const refusalOf = (status: number): string =>
  status === 401 || status === 403
    ? `answered ${status}; write a user and a password into its URL, or ${INSTEAD}`
    : `answered ${status}; write the URL where the document is`

function remedyOf(reason: string): string {
  if (reason === 'ECONNREFUSED') return 'nothing listens there: start the service, or correct the URL'
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') return 'there is no such host: correct the URL'
  if (/CERT|ISSUER|SIGNATURE|CHAIN/.test(reason))
    return `for a certificate of your own authority set NODE_EXTRA_CA_CERTS, or ${INSTEAD}`
  return `correct the URL, or ${INSTEAD}`
}

/** A source that is fetched, over http or https. Redirects stay within its origin. */
export async function openUrl(source: URL, refuse: Refuse, limits: FetchLimits): Promise<Source> {
  const signal = AbortSignal.timeout(limits.seconds * 1000)
  const headers = { accept: ACCEPT, ...authorizationOf(source) }
  let left = limits.bytes

  async function textOf({ body }: Response, refuseFile: Refuse): Promise<string> {
    const chunks: Uint8Array[] = []
    for await (const chunk of body ?? []) {
      left -= chunk.byteLength
      if (left < 0)
        refuseFile(
          `is too large: ${limits.bytes} bytes are taken, with all files that it refers to; ${INSTEAD}`,
        )
      chunks.push(chunk)
    }
    return decodeText(Buffer.concat(chunks), refuseFile)
  }

  async function targetOf(response: Response, url: URL, refuseFile: Refuse): Promise<URL> {
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (location === null || !URL.canParse(location, url.href))
      return refuseFile(`answered ${response.status} without a location`)
    const target = withoutCredentials(new URL(location, url))
    return target.origin === url.origin
      ? target
      : refuseFile(`is redirected to another origin, ${target.origin}; write the URL where the document is`)
  }

  async function follow(first: URL, refuseFile: Refuse): Promise<SourceFile> {
    let url = first
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(url, { headers, signal, redirect: 'manual' })
      if (response.ok) return { url, text: await textOf(response, refuseFile) }
      if (response.status < 300 || response.status > 399) refuseFile(refusalOf(response.status))
      url = await targetOf(response, url, refuseFile)
    }
    return refuseFile(`is redirected more than ${MAX_REDIRECTS} times`)
  }

  async function get(url: URL, refuseFile: Refuse): Promise<SourceFile> {
    try {
      return await follow(url, refuseFile)
    } catch (error) {
      if (error instanceof DocumentError) throw error
      if (signal.aborted) refuseFile(`was not there within ${limits.seconds} seconds; ${INSTEAD}`)
      const reason = reasonOf(error)
      return refuseFile(`cannot be fetched (${reason}); ${remedyOf(reason)}`, error)
    }
  }

  const root = await get(withoutCredentials(source), refuse)
  const outside = outsideOf(shownUrl(root.url))
  return {
    root,
    async read(url, refuseFile) {
      if (!isInFolder(url, root.url)) refuseFile(outside)
      const file = await get(url, refuseFile)
      return isInFolder(file.url, root.url)
        ? file
        : refuseFile(`is redirected to ${shownUrl(file.url)}, which ${outside}`)
    },
  }
}
