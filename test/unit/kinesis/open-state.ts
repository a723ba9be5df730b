import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { vi } from 'vitest'
import { type KinesisState, openState } from '../../../electron/sandbox/kinesis/state.ts'
import type { JsonOperation } from '../../../electron/sandbox/server/json-protocol.ts'

const DELAY_MS = 100

/**
 * The state of Kinesis on a folder of its own, with operations called as the wire would; time is vitest's, so call
 * `vi.useFakeTimers()`.
 */
export function stateUnderTest() {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-kinesis-'))
  const open = () =>
    openState({
      dir,
      account: '000000000000',
      region: 'us-east-1',
      now: Date.now,
      limits: false,
      stateDelayMs: DELAY_MS,
      log: () => undefined,
    })
  let state = open()
  return {
    get state() {
      return state
    },
    call: (operation: JsonOperation<KinesisState>, input: unknown) =>
      operation.run(state, input, {
        id: 'test',
        method: 'POST',
        path: '/',
        query: '',
        headers: {},
        rawHeaders: [],
        body: Readable.from([]),
        signal: new AbortController().signal,
      }),
    /** Lets CREATING, UPDATING and DELETING pass. */
    settle: () => void vi.advanceTimersByTime(DELAY_MS),
    reopen() {
      state.close()
      state = open()
    },
    remove() {
      state.close()
      rmSync(dir, { recursive: true })
    },
  }
}
