import type { AppError, Result } from '../../shared/rpc/contract.ts'

/** What core refused. */
class Refused extends Error {
  readonly error: AppError
  constructor(error: AppError) {
    super(`${error.code}: ${error.message}`)
    this.error = error
  }
}

/** A console that could not be reached. */
export class Unreachable extends Error {}

export function take<T>(result: Result<T>): T {
  if (!result.ok) throw new Refused(result.error)
  return result.value
}

/** Follows a piece of work to its end. */
export async function finish(work: AsyncIterable<Result<unknown>>): Promise<void> {
  for await (const result of work) take(result)
}

const FAULTS: ReadonlySet<AppError['code']> = new Set(['internal', 'invalid_input'])

/**
 * Whether an error may be where programs are killed: somebody was not there, and said so. Anything else is a fault, of
 * the product or of the soak.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof Refused && !FAULTS.has(error.error.code))
