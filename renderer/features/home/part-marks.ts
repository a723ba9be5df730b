import type { LiveParts } from '../../live/parts.ts'
import { clock } from '../../ui/format.ts'

/** The state of a part of the pipeline, in a colour and a word. */
export interface Mark {
  /** A type of the design system's status indicator. */
  type: 'success' | 'warning' | 'error' | 'info' | 'stopped' | 'pending' | 'loading' | 'in-progress'
  word: string
}

const NONE: Mark = { type: 'stopped', word: 'none' }
const NOT_YET: Mark = { type: 'pending', word: 'not known yet' }
const UNREADABLE: Mark = { type: 'warning', word: 'cannot be read' }

/** What was green when it was last seen need not be so now. */
export const unknownMark = (sinceMs: number): Mark => ({ type: 'pending', word: `unknown since ${clock(sinceMs)}` })

export function simulatorMark(state: string | undefined): Mark {
  if (state === undefined) return NOT_YET
  if (state === 'running') return { type: 'success', word: 'running' }
  if (state === 'failed') return { type: 'error', word: 'failed' }
  if (state === 'paused') return { type: 'pending', word: 'paused' }
  return { type: state === 'idle' || state === 'stopped' ? 'stopped' : 'in-progress', word: state }
}

export function streamMark({ value, error }: LiveParts['stream']): Mark {
  if (value) return { type: value.status === 'ACTIVE' ? 'success' : 'in-progress', word: value.status.toLowerCase() }
  if (!error) return NOT_YET
  return error.code === 'not_found' ? NONE : UNREADABLE
}

/** Of the step that runs, else of the newest one. */
export function jobMark({ value, error }: LiveParts['jobs'], step: string | undefined): Mark {
  if (!value) return error ? UNREADABLE : NOT_YET
  if (step === undefined) return NONE
  const word = step.toLowerCase().replace('_', ' ')
  if (step === 'RUNNING') return { type: 'success', word }
  if (step === 'FAILED') return { type: 'error', word }
  return { type: step === 'PENDING' || step === 'CANCEL_PENDING' ? 'in-progress' : 'stopped', word }
}

export function warehouseMark({ value, error }: LiveParts['ledger']): Mark {
  if (value) return { type: 'success', word: 'readable' }
  if (!error) return NOT_YET
  return /does not exist/.test(error.message) ? NONE : UNREADABLE
}
