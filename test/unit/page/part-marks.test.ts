import { describe, expect, it } from 'vitest'
import {
  jobMark,
  simulatorMark,
  streamMark,
  unknownMark,
  warehouseMark,
} from '../../../renderer/features/home/part-marks.ts'

const fails = (code: string, message: string) => ({ error: { code, message, retryable: true } }) as never

describe('the marks of the topology', () => {
  it('a part that is no longer known is not green, and says since when', () => {
    const atMs = Date.parse('2026-11-20T12:00:00Z')
    expect(unknownMark(atMs)).toEqual({
      type: 'pending',
      word: `unknown since ${new Date(atMs).toLocaleTimeString('en-GB')}`,
    })
  })

  it('a part that was never known is not said to be missing', () => {
    for (const mark of [simulatorMark(undefined), streamMark({}), jobMark({}, undefined), warehouseMark({})])
      expect(mark).toEqual({ type: 'pending', word: 'not known yet' })
  })

  it('a missing part is distinguished from one that cannot be read', () => {
    expect(streamMark(fails('not_found', 'no stream')).word).toBe('none')
    expect(warehouseMark(fails('failed', 'relation "facts" does not exist')).word).toBe('none')
    for (const mark of [
      streamMark(fails('denied', 'no permission')),
      jobMark(fails('denied', 'no permission'), undefined),
      warehouseMark(fails('denied', 'no permission')),
    ])
      expect(mark).toEqual({ type: 'warning', word: 'cannot be read' })
  })

  it('only a running step and an active stream are green', () => {
    const marks = ['RUNNING', 'PENDING', 'FAILED', 'COMPLETED'].map(step => jobMark({ value: {} } as never, step).type)
    expect(marks).toEqual(['success', 'in-progress', 'error', 'stopped'])
    expect(streamMark({ value: { status: 'UPDATING' } } as never)).toEqual({ type: 'in-progress', word: 'updating' })
  })
})
