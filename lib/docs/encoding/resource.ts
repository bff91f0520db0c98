import Negotiator from 'negotiator'
import { type ContentCoding, type Representation, representationResponse } from '../../http/representation.ts'
import type { RequestLike } from '../../http/request.ts'
import { type HttpResponse, NO_STORE } from '../../http/response.ts'
import type { Encoded } from './encode.ts'
import { type Encoder, EncoderFullError, type Pending, SMALL_BYTES, encoder as shared } from './encoder.ts'

/** Bytes and their content codings. Each client gets one that it accepts. */
export interface Resource {
  readonly plain: Representation
  /** How many bytes are in memory. */
  readonly bytes: number
  /** The representation for a client; undefined if it accepts none of them. @see RFC 9110, section 12.5.3 */
  select(acceptEncoding: string | undefined): Promise<Representation | undefined>
  /** Makes all codings before the first client needs them. */
  prepare(): void
}

export interface ResourceOptions {
  readonly encoder?: Encoder
  /** Whether clients wait for the coding they prefer. If not, they get the bytes without a coding until it is ready. */
  readonly isAwaited?: boolean
  /** Called when `bytes` has grown. */
  readonly grown?: () => void
}

/** A coding that is being made. */
interface Making {
  /** Fulfilled when the coding is ready or has failed. */
  readonly done: Promise<void>
  readonly expedite: Pending['expedite']
}

/** All codings, best first. */
const CODINGS: readonly (ContentCoding | 'identity')[] = ['br', 'gzip', 'identity']

/** The same bytes as a Buffer, which Fastify can send. */
export const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

// The types of `negotiator` lack the second argument, which orders the codings that a client accepts equally.
interface Preferring {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[]
}

function acceptable(acceptEncoding: string | undefined): readonly (ContentCoding | 'identity')[] {
  const negotiator: unknown = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } })
  return (negotiator as Preferring).encodings(CODINGS, { preferred: CODINGS }) as (
    | ContentCoding
    | 'identity'
  )[]
}

/**
 * A resource whose codings are made once, when a client first accepts them. Large bytes are encoded in another thread,
 * and until then clients get them without a coding, unless `isAwaited` is set.
 */
export function createResource(
  plain: Representation,
  { encoder = shared, isAwaited = plain.body.length <= SMALL_BYTES, grown = () => {} }: ResourceOptions = {},
): Resource {
  const ready = new Map<ContentCoding, Representation>()
  const begun = new Map<ContentCoding, Making>()

  function made(contentCoding: ContentCoding, { body, etag }: Encoded): void {
    ready.set(contentCoding, { ...plain, body: asBuffer(body), etag, contentCoding })
    grown()
  }

  function make(coding: ContentCoding): Making {
    const { encoded, expedite } = encoder.encode(coding, plain.body)
    const done = encoded.then(
      (bytes) => made(coding, bytes),
      (error: unknown) => {
        // Tried again only if the queue was full. After any other error, clients get the bytes without this coding.
        if (error instanceof EncoderFullError) begun.delete(coding)
      },
    )
    return { done, expedite }
  }

  function once(coding: ContentCoding): Making {
    const making = begun.get(coding) ?? make(coding)
    begun.set(coding, making)
    return making
  }

  async function waitFor(coding: ContentCoding): Promise<void> {
    const { done, expedite } = once(coding)
    expedite()
    await done
  }

  return {
    plain,
    get bytes() {
      return [plain, ...ready.values()].reduce((sum, { body }) => sum + body.length, 0)
    },
    async select(acceptEncoding) {
      const taken = acceptable(acceptEncoding)
      const mustWait = isAwaited || !taken.includes('identity')
      for (const coding of taken) {
        if (coding === 'identity') return plain
        if (mustWait) await waitFor(coding)
        else if (coding === taken[0]) once(coding)
        const coded = ready.get(coding)
        if (coded) return coded
      }
      return undefined
    },
    prepare() {
      for (const coding of CODINGS) if (coding !== 'identity') once(coding)
    },
  }
}

/** The response with a resource to a client that may read it, or 406. */
export async function resourceResponse(
  request: RequestLike,
  resource: Resource,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const representation = await resource.select(request.headers['accept-encoding'] as string | undefined)
  if (representation) return representationResponse(request, representation, headers)
  return { status: 406, headers: { ...headers, ...NO_STORE } }
}
