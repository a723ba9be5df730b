import { toAppError } from '../errors/expected-error.ts'
import type { ReadBudget } from './read-budget.ts'
import type { Cursor, RecordPage, StreamSource } from './source.ts'

/** A read is made so often, a second apart, before its failure is the answer. */
const ATTEMPTS = 5

/**
 * One page, within the budget of its place. A job that catches up takes all reads of a partition: what is refused for
 * its rate, or was not answered, takes the next read of the budget and is made again. @throws the last failure
 */
export async function budgetedRead(
  source: StreamSource,
  { budget, place }: { budget: ReadBudget; place: string },
  { cursor, limit }: { cursor: Cursor; limit: number },
  signal: AbortSignal,
): Promise<RecordPage> {
  for (let attempt = 1; ; attempt++) {
    await budget.take(place, signal)
    try {
      return await source.read(cursor, limit, signal)
    } catch (error) {
      if (attempt === ATTEMPTS || !passes(error)) throw error
    }
  }
}

const passes = (error: unknown): boolean => ['throttled', 'unavailable'].includes(toAppError(error).code)
