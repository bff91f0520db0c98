import { CrossOriginError } from '../errors.ts'
import { denial } from '../events.ts'
import type { Gate } from '../gate/gate.ts'
import { type Refusal, refusal } from '../http/outcome.ts'
import type { RequestLike } from '../http/request.ts'

/** The answer to a request that a page of another origin makes: the event, and the error. */
export function refuseCrossOrigin({ emit }: Pick<Gate, 'emit'>, request: RequestLike): Refusal {
  const error = new CrossOriginError()
  emit('denied', denial(request, error))
  return refusal(error)
}
