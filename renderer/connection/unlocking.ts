import { create } from 'zustand'
import type { Services } from '../../shared/features/services.ts'
import type { Refused } from '../../shared/rpc/connect.ts'
import type { AppError } from '../../shared/rpc/contract.ts'

/** An action that waits for its name to be typed. */
interface Asking {
  refused: Refused
  unlock: NonNullable<AppError['unlock']>
  /** With the ticket, or without one where it stays refused. */
  answer: (ticket: string | undefined) => void
}

/** What is asked for now, the first one first; several may be refused at once. */
export const useUnlocking = create<{ asking: readonly Asking[] }>(() => ({ asking: [] }))

/** Asks for the name of what was refused; whoever began it waits, and takes it back by its signal. */
export function askToUnlock(refused: Refused, signal?: AbortSignal): Promise<string | undefined> {
  const { unlock } = refused.error
  if (!unlock || signal?.aborted) return Promise.resolve(undefined)
  return new Promise(resolve => {
    const answer = (ticket: string | undefined) => {
      useUnlocking.setState(({ asking }) => ({ asking: asking.filter(entry => entry !== mine) }))
      signal?.removeEventListener('abort', leave)
      resolve(ticket)
    }
    const leave = () => answer(undefined)
    const mine: Asking = { refused, unlock, answer }
    signal?.addEventListener('abort', leave, { once: true })
    useUnlocking.setState(({ asking }) => ({ asking: [...asking, mine] }))
  })
}

/** Gets the ticket for what was typed. Returns why there is none. */
export async function unlock(
  services: Pick<Services, 'protection'>,
  { refused: { op, input }, answer }: Asking,
  typed: string,
): Promise<AppError | undefined> {
  const result = await services.protection.unlock({ op, input, typed })
  if (!result.ok) return result.error
  answer(result.value.ticket)
  return undefined
}
