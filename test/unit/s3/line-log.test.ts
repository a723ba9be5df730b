import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLineLog } from '../../../electron/sandbox/s3/line-log.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-log-'))
  file = join(dir, 'log.jsonl')
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

describe('a log of lines', () => {
  it('has what was appended, and not the half of a line', () => {
    const { log, lines } = openLineLog(file)
    expect(lines).toEqual([])
    log.append('one')
    log.append('zwei ü')
    appendFileSync(file, 'cut off in the mid')
    const again = openLineLog(file)
    expect(again.lines).toEqual(['one', 'zwei ü'])
    again.log.append('three')
    expect(readFileSync(file, 'utf8')).toBe('one\nzwei ü\nthree\n')
    expect(again.log.length()).toBe(3)
  })

  it('goes on behind the lines that took the place of all', () => {
    const { log } = openLineLog(file)
    for (const line of ['a', 'b', 'c']) log.append(line)
    log.rewrite(['c'])
    log.append('d')
    expect(openLineLog(file).lines).toEqual(['c', 'd'])
    expect(log.length()).toBe(2)
  })
})
