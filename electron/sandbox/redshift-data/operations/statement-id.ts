import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import type { StatementRecord, SubStatement } from '../statement-log.ts'
import type { DataApiState } from './place.ts'

/** A statement's id, or `<id>:<n>` for the n-th of a batch. */
export const StatementId = z.string().regex(/^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?$/)
export const WaitTimeSeconds = z.int().min(1).max(30).optional()

export const noResource = (message: string, id: string): AwsError =>
  new AwsError('ResourceNotFoundException', message, 400, { ResourceId: id })

/** @throws AwsError ResourceNotFoundException */
export function findStatement(
  state: DataApiState,
  id: string,
): { record: StatementRecord; sub: SubStatement | undefined; index: number } {
  const [base = '', number] = id.split(':')
  const record = state.log.find(base)
  if (!record) throw noResource('Query does not exist.', id)
  const index = number === undefined ? 0 : Number(number) - 1
  const sub = number === undefined && record.batch ? undefined : record.subs[index]
  if (number !== undefined && !sub) throw noResource('Query does not exist.', id)
  return { record, sub, index }
}

/** Waits for the end of a statement, but no longer than the caller asks, and no longer than the caller is there. */
export async function waitForEnd(
  state: DataApiState,
  id: string,
  seconds: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const execution = state.running.get(id.split(':')[0] ?? '')
  if (seconds === undefined || !execution) return
  const stopped = new AbortController()
  const over = delay(seconds * 1000, undefined, { signal: AbortSignal.any([signal, stopped.signal]) }).catch(
    () => undefined,
  )
  await Promise.race([execution.ended, over])
  stopped.abort()
}
