import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile } from '../../../electron/sandbox/emr/log-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-log-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('a log file', () => {
  it('goes on where an earlier one ended', () => {
    openLogFile(join(dir, 'a'), 1_000).append('first\n')
    const log = openLogFile(join(dir, 'a'), 1_000)
    log.append(Buffer.from('second\n'))
    expect(log.read().toString()).toBe('first\nsecond\n')
    expect(log.appendedBytes()).toBe(7)
  })

  it('keeps its end in whole lines, says so, and never grows over twice its limit', async () => {
    const log = openLogFile(join(dir, 'a'), 4_096)
    for (let line = 0; line < 5_000; line++) {
      log.append(`line ${line}\n`)
      if (line % 100 === 0) expect((await stat(join(dir, 'a'))).size).toBeLessThanOrEqual(2 * 4_096)
    }
    const lines = log.read().toString().trimEnd().split('\n')
    expect(lines[0]).toBe('[The sandbox cut this log: only about its last 4 KiB are kept.]')
    const kept = lines.slice(1)
    expect(kept.at(-1)).toBe('line 4999')
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => `line ${5_000 - kept.length + index}`))
    expect(kept.length).toBeGreaterThan(300)
  })

  it('takes one piece that is larger than all that it keeps', () => {
    const log = openLogFile(join(dir, 'a'), 100)
    log.append(`${'x'.repeat(1_000)}\nend\n`)
    expect(log.read().toString()).toMatch(/^\[The sandbox cut this log.*\nend\n$/s)
  })
})
