import LOCK from './wheels.lock.json' with { type: 'json' }

/** A wheel that a cluster's Python is given. */
export interface Wheel {
  name: string
  version: string
  file: string
  sha256: string
  sizeBytes: number
  /** Each Python and architecture that it is for: `3.11 x86_64`. */
  suits: string[]
}

/** What scripts/lock-wheels.ts writes. */
export interface WheelLock {
  /** Of spark/requirements.txt, as it was resolved. */
  requirementsSha256: string
  wheels: Wheel[]
}

export const WHEEL_LOCK: WheelLock = LOCK
