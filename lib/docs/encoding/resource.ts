import Negotiator from 'negotiator'
import { type ContentCoding, type Representation, representationResponse } from '../../http/representation.ts'
import type { RequestLike } from '../../http/request.ts'
import { type HttpResponse, NO_STORE } from '../../http/response.ts'
import type { Encoded } from './encode.ts'
import { type Encoder, EncoderFullError, type Pending, SMALL_BYTES, encoder as shared } from './encoder.ts'

/** Bytes and their codings, of which each client gets what it asks for. */
export interface Resource {
  readonly plain: Representation
  /** How many bytes are held. */
  readonly bytes: number
  /** What is sent to a client; undefined where it takes nothing that there is. @see RFC 9110, section 12.5.3 */
  select(acceptEncoding: string | undefined): Promise<Representation | undefined>
  /** Makes all codings ahead of the first client. */
  prepare(): void
}

export interface ResourceOptions {
  readonly encoder?: Encoder
  /** Whether a client waits for the coding that it takes, rather than get the bytes as they are meanwhile. */
  readonly isAwaited?: boolean
  /** Called when there is more to hold. */
  readonly grown?: () => void
}

/** A coding that is being made. */
interface Making {
  /** Fulfilled when it is there, or cannot be. */
  readonly done: Promise<void>
  readonly expedite: Pending['expedite']
}

/** The codings that there may be, best first. */
const CODINGS: readonly (ContentCoding | 'identity')[] = ['br', 'gzip', 'identity']

/** The same bytes, as Fastify sends them. */
export const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

// Its types do not have the second argument yet: what is better where the client takes several alike.
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
 * A resource whose codings are made when they are first asked for, each once. Those of large bytes are made elsewhere, and
 * until they are there the bytes go out as they are, unless they are awaited.
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
        // Where it fails, it is not tried again: these bytes go out as they are. Where there was no room, it is.
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

/** A resource as it is sent to a client that may read it, or 406. */
export async function resourceResponse(
  request: RequestLike,
  resource: Resource,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const representation = await resource.select(request.headers['accept-encoding'] as string | undefined)
  if (representation) return representationResponse(request, representation, headers)
  return { status: 406, headers: { ...headers, ...NO_STORE } }
}
