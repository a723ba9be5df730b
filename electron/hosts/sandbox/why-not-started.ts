import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { DamagedState, damageHint } from '../../../shared/state/damage.ts'
import { diskSentence, diskTrouble } from '../../../shared/state/disk-trouble.ts'
import { dataOption } from '../data-folder.ts'
import { portRefusal } from '../port-refusal.ts'
import { REFUSED_TO_START } from './exit-codes.ts'

/** Why a sandbox could not start, for the person who reads the last line of its log: what is wrong, and what to do. */
export function whyNotStarted(error: unknown, folder: string): string {
  if (error instanceof DamagedState) return `${error.message} ${damageHint(error.damage, ` ${dataOption(folder)}`)}`
  if (error instanceof ExpectedError) return [error.message, error.error.hint].filter(Boolean).join(' ')
  if (!(error instanceof Error)) return String(error)
  const port = portRefusal(error)
  if (port) return port.message
  const trouble = diskTrouble(error)
  return `The sandbox cannot start. ${trouble ? diskSentence(trouble, folder) : error.message}`
}

/** Whether the sentence says all: the stack of any other error belongs into the log. */
export const isExplained = (error: unknown): boolean =>
  error instanceof ExpectedError || diskTrouble(error) !== undefined || portRefusal(error) !== undefined

/** The exit code: whether another start can help, as it does when a port or a disk has room again. */
export function exitCodeOf(error: unknown): number {
  const trouble = diskTrouble(error)
  const expected = error instanceof ExpectedError ? error : portRefusal(error)
  const isFinal = trouble
    ? trouble.kind === 'denied' || trouble.kind === 'read-only'
    : expected?.error.retryable === false
  return isFinal ? REFUSED_TO_START : 1
}
