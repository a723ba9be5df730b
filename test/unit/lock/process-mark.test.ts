import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { markProcess, stateOfProcess } from '../../../electron/hosts/lock/process-mark.ts'

/** As Linux reports it, and as ps(1) of macOS does. */
const WAYS = (['linux', 'darwin'] as const).filter(way => way === process.platform || process.platform === 'linux')

describe.each(WAYS)('the mark of a process, in the way of %s', way => {
  it('is of one process: alive while it runs, gone when it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    const mark = await markProcess(child.pid ?? 0, way)
    expect(mark.start).toMatch(/\d/)
    expect(await stateOfProcess(mark, way)).toBe('alive')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect(await stateOfProcess(mark, way)).toBe('gone')
  })

  it('is not that of another program with the same id', async () => {
    const mark = await markProcess(process.pid, way)
    expect(await stateOfProcess(mark, way)).toBe('alive')
    expect(await stateOfProcess({ ...mark, start: 'another time' }, way)).toBe('gone')
  })

  it('leaves open what it does not know', async () => {
    const mark = await markProcess(process.pid, way)
    expect(await stateOfProcess({ ...mark, start: null }, way)).toBe('unknown')
    expect(await stateOfProcess({ ...mark, space: 'pid:[1]' }, way)).toBe('unknown')
  })
})
