import type { Standing } from '../../../../shared/features/protection.ts'
import type { PlacedTarget } from '../../../../shared/features/targets.ts'
import type { Action } from '../../work/action.ts'

/** A call that may change something, before it is sent. */
export interface Change {
  target: PlacedTarget
  standing: Standing
  account: string
  /** The ARN of the credentials, where AWS was asked. */
  who: string | null
  action: Action | undefined
  /** Of AWS, as botocore has the names; null where an action was refused before any call. */
  service: string | null
  call: string | null
  input: unknown
}

/** What comes of a change that was written down. */
export interface Ending {
  done(output: unknown): void
  failed(error: unknown): void
}

/** Where changes are written down: before they are sent, and with what came of them. */
export interface ChangeLog {
  /** @throws where it cannot be written: then the change is not made */
  begin(change: Change, signal?: AbortSignal): Promise<Ending>
  refused(change: Change, error: unknown): void
}
