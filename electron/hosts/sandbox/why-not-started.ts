import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { diskSentence, diskTrouble } from '../../../shared/state/disk-trouble.ts'

/** Why a sandbox could not start, for the person who reads the last line of its log: what is wrong, and what to do. */
export function whyNotStarted(error: unknown, folder: string): string {
  if (error instanceof ExpectedError) return [error.message, error.error.hint].filter(Boolean).join(' ')
  if (!(error instanceof Error)) return String(error)
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} of 127.0.0.1 is taken by another program: end that program and try again, or choose another port with --port.`
  const trouble = diskTrouble(error)
  return `The sandbox cannot start. ${trouble ? diskSentence(trouble, folder) : error.message}`
}

/** Whether the sentence says all: the stack of any other error belongs into the log. */
export const isExplained = (error: unknown): boolean =>
  error instanceof ExpectedError ||
  diskTrouble(error) !== undefined ||
  (error as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
