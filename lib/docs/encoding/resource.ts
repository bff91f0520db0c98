import Negotiator from 'negotiator'
import { type Answer, NO_STORE } from '../../http/answer.ts'
import { type ContentCoding, type Representation, representationAnswer } from '../../http/representation.ts'
import type { RequestLike } from '../../http/request.ts'
import { type Encoder, SMALL_BYTES, encoder as shared } from './encoder.ts'

/** Bytes and their codings, of which each client gets what it asks for. */
export interface Resource {
  readonly plain: Representation
  /** How many bytes are held. */
  readonly bytes: number
  /** What is sent to a client; undefined where it takes nothing that there is. @see RFC 9110, section 12.5.3 */
  select(acceptEncoding: string | undefined): Promise<Representation | undefined>
}

export interface ResourceOptions {
  readonly encoder?: Encoder
  /** Whether a client waits for the coding that it takes, rather than get the bytes as they are meanwhile. */
  readonly isAwaited?: boolean
  /** Called when there is more to hold. */
  readonly grown?: () => void
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
  const begun = new Map<ContentCoding, Promise<void>>()

  async function make(contentCoding: ContentCoding, isUrgent: boolean): Promise<void> {
    // Where it fails, it is not tried again: these bytes go out as they are.
    const made = await encoder.encode(contentCoding, plain.body, isUrgent).catch(() => undefined)
    if (!made) return
    ready.set(contentCoding, { ...plain, body: asBuffer(made.body), etag: made.etag, contentCoding })
    grown()
  }

  function once(coding: ContentCoding, isUrgent: boolean): Promise<void> {
    const making = begun.get(coding) ?? make(coding, isUrgent)
    begun.set(coding, making)
    return making
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
        if (mustWait) await once(coding, true)
        else if (coding === taken[0]) void once(coding, false)
        const coded = ready.get(coding)
        if (coded) return coded
      }
      return undefined
    },
  }
}

/** A resource as it is sent to a client that may read it, or 406. */
export async function resourceAnswer(
  request: RequestLike,
  resource: Resource,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const representation = await resource.select(request.headers['accept-encoding'] as string | undefined)
  if (representation) return representationAnswer(request, representation, headers)
  return { status: 406, headers: { ...headers, ...NO_STORE } }
}
