import type { PlacedTarget } from '../../../../shared/features/targets.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { currentAction, isUnlocked } from '../../work/action.ts'
import { changeIn } from '../read-only.ts'
import type { AskFacts } from './account-facts.ts'
import type { Change, ChangeLog } from './change.ts'
import { type Protection, protectedError } from './protection.ts'

/** A call of a client, as its middleware has it. */
export interface Call {
  target: PlacedTarget
  /** As the SDK names them: `KinesisClient`, `PutRecordsCommand`. */
  client: string
  command: string
  input: unknown
  askFacts: AskFacts
}

/** What a middleware of the SDK gives: the command's output beside the response that it was read from. */
interface Answer {
  output?: unknown
}

/** Stands below every service, in each client: a call that changes something passes here or is not sent. */
export interface Gate {
  pass<T extends Answer>(call: Call, send: () => Promise<T>): Promise<T>
}

export function createGate({ protection, log }: { protection: Protection; log: ChangeLog }): Gate {
  return {
    async pass(call, send) {
      const { target, input, askFacts } = call
      const isOpen = protection.classed(target).protection === 'none' || isUnlocked(target.id)
      const what = await changeIn(call.command, input, isOpen ? 'loosely' : 'closely')
      if (what === undefined) return send()
      const { account, facts, ...standing } = await protection.standing(target, askFacts)
      const action = currentAction()
      const change: Change = {
        target,
        standing,
        account,
        who: facts?.arn ?? null,
        action,
        service: call.client.replace(/Client$/, ''),
        call: call.command.replace(/Command$/, ''),
        input,
      }
      if (standing.protection === 'read-only' || (standing.protection === 'unlock' && !isUnlocked(target.id))) {
        const refused = protectedError(target, standing, { what, name: action?.name ?? null })
        log.refused(change, refused)
        throw refused
      }
      const ending = await log.begin(change)
      try {
        const answer = await send()
        ending.done('output' in answer ? answer.output : undefined)
        return answer
      } catch (error) {
        ending.failed(error)
        throw error
      }
    },
  }
}

/** Where no rules are known, only what reads passes. */
export async function passReading<T>({ target, command, input }: Call, send: () => Promise<T>): Promise<T> {
  const what = await changeIn(command, input, 'closely')
  if (what === undefined) return send()
  throw new ExpectedError({
    code: 'access_denied',
    message: `${target.title}: ${what} is refused, because nothing says here what may be changed.`,
    retryable: false,
  })
}
