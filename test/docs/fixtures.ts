import { OptionsError } from '../../lib/errors.ts'

/** What a promise was rejected with; the test fails where it was not. */
export async function rejection(promise: Promise<unknown>): Promise<OptionsError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof OptionsError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
