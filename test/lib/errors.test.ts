import t from 'tap'
import {
  BusyError,
  CrossOriginError,
  DocsGateError,
  ForbiddenError,
  InvalidCredentialsError,
  InvalidTokenError,
  OptionsError,
  StoreUnavailableError,
  ThrottledError,
  UnauthenticatedError,
  UsersUnavailableError,
} from '../../lib/errors.ts'
import { withoutStackTraces } from '../../lib/runtime/without-stack-traces.ts'

t.test('the public entry exports the error classes and nothing else', async (t) => {
  for (const [name, value] of Object.entries(await import('../../lib/errors.ts'))) {
    t.match(name, /Error$/)
    t.ok(value.prototype instanceof Error, name)
  }
})

t.test('each error of a request has its name, code, status and a fixed message', async (t) => {
  const table = [
    [UnauthenticatedError, 'UnauthenticatedError', 'DOCS_GATE_UNAUTHENTICATED', 401],
    [InvalidTokenError, 'InvalidTokenError', 'DOCS_GATE_INVALID_TOKEN', 401],
    [InvalidCredentialsError, 'InvalidCredentialsError', 'DOCS_GATE_INVALID_CREDENTIALS', 401],
    [ForbiddenError, 'ForbiddenError', 'DOCS_GATE_FORBIDDEN', 403],
    [CrossOriginError, 'CrossOriginError', 'DOCS_GATE_CROSS_ORIGIN', 403],
    [StoreUnavailableError, 'StoreUnavailableError', 'DOCS_GATE_STORE_UNAVAILABLE', 503],
    [UsersUnavailableError, 'UsersUnavailableError', 'DOCS_GATE_USERS_UNAVAILABLE', 503],
  ] as const
  for (const [Class, name, code, statusCode] of table) {
    const error = new Class()
    t.match(error, { name, code, statusCode }, name)
    t.ok(error instanceof Class && error instanceof DocsGateError && error instanceof Error, name)
    t.notOk(
      error instanceof TypeError || error instanceof OptionsError,
      `${name} is no mistake of the caller`,
    )
    t.match(error.message, /^[A-Z][^{}<>"]+\.$/, `${name} is a sentence`)
    t.equal(new Class().message, error.message)
    t.equal(error.cause, undefined, `${name} has no cause of its own`)
    for (const [Other] of table) t.equal(error instanceof Other, Class === Other, `${name}, ${Other.name}`)
  }
})

t.test('retryAfterSeconds is a whole number of seconds, at least one', async (t) => {
  const table = [
    [0, 1],
    [1, 1],
    [999, 1],
    [1000, 1],
    [1001, 2],
    [3_600_000, 3600],
  ] as const
  for (const [milliseconds, seconds] of table) {
    t.match(
      new ThrottledError(milliseconds),
      { name: 'ThrottledError', code: 'DOCS_GATE_THROTTLED', statusCode: 429, retryAfterSeconds: seconds },
      `${milliseconds} ms`,
    )
  }
  const busy = new BusyError()
  t.match(busy, { name: 'BusyError', code: 'DOCS_GATE_BUSY', statusCode: 503 })
  t.ok(Number.isSafeInteger(busy.retryAfterSeconds) && busy.retryAfterSeconds >= 1)
  for (const error of [busy, new ThrottledError(1)]) {
    t.ok(error instanceof DocsGateError)
    t.notOk(error instanceof TypeError)
    t.match(error.message, /^[A-Z][^{}<>"]+\.$/)
  }
})

t.test('errors of unavailable dependencies have the reason as cause, not in the message', async (t) => {
  const cause = new Error('connect ECONNREFUSED redis://:hunter2@10.0.0.1')
  for (const Class of [StoreUnavailableError, UsersUnavailableError]) {
    const error = new Class({ cause })
    t.equal(error.cause, cause)
    t.equal(error.message, new Class().message)
    t.notMatch(error.message, 'hunter2')
  }
})

t.test('an OptionsError is a TypeError and a DocsGateError', async (t) => {
  const cause = new Error('why')
  const error = new OptionsError('users: write a record', { cause })
  t.match(error, {
    name: 'OptionsError',
    code: 'DOCS_GATE_OPTIONS',
    message: 'users: write a record',
    statusCode: undefined,
    cause,
  })
  t.ok(error instanceof TypeError)
  t.ok(error instanceof OptionsError)
  t.ok(error instanceof DocsGateError)
  t.notOk((error as object) instanceof InvalidTokenError, 'the subclasses do not take it for theirs')
  t.equal(new OptionsError('x').cause, undefined)
})

t.test('other errors are not instances of DocsGateError', async (t) => {
  const strangers: unknown[] = [
    new Error('DOCS_GATE_OPTIONS'),
    new TypeError('x'),
    { code: 'DOCS_GATE_OPTIONS' },
    null,
    undefined,
    'DOCS_GATE_OPTIONS',
  ]
  for (const stranger of strangers) t.notOk(stranger instanceof DocsGateError)
})

t.test('an error with its own code keeps it, and has no status at startup', async (t) => {
  const error = new DocsGateError('DOCS_GATE_OPEN_DOCS', undefined, 'Closed.', { cause: 1 })
  t.match(error, { name: 'DocsGateError', code: 'DOCS_GATE_OPEN_DOCS', statusCode: undefined, cause: 1 })
})

t.test('withoutStackTraces makes errors without a stack, and later errors have theirs', async (t) => {
  const limit = Error.stackTraceLimit
  t.equal(withoutStackTraces(() => new Error('no stack')).stack, 'Error: no stack')
  const thrown = t.throws(() =>
    withoutStackTraces(() => {
      throw new Error('thrown')
    }),
  )
  t.equal((thrown as Error).stack, 'Error: thrown')
  t.equal(Error.stackTraceLimit, limit)
  t.match(new Error('a stack').stack, /errors\.test\.ts/)
})
