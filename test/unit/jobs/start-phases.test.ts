import { describe, expect, it } from 'vitest'
import { phasesOver } from '../../../electron/core/jobs/start-phases.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const UP =
  '2026-11-25T21:06:01.123Z INFO kinesisToRedshift of food-delivery on Spark 4.0.2: incoming-food-order-data to ' +
  'redshift\n'
const STARTED = '2026-11-25T21:06:03.456Z INFO the query has started\n'
const IDLE = progressOf({ end: {}, partitions: {} })
const names = (...given: Parameters<typeof phasesOver>) => phasesOver(...given).map(entry => entry.phase)

describe('the phases of a step that starts', () => {
  it('none is over while it is pending, whatever an older progress or log says', () => {
    expect(names('spark', { state: 'PENDING', log: UP + STARTED, reported: IDLE })).toEqual([])
  })

  it('on Spark they are over one after the other, as EMR, the log and the progress show', () => {
    const running = { state: 'RUNNING' as const, reported: undefined }
    expect(names('spark', { ...running, log: '' })).toEqual(['run-process'])
    expect(phasesOver('spark', { ...running, log: UP })[1]).toEqual({ phase: 'start-spark', shown: 'Spark 4.0.2' })
    expect(names('spark', { ...running, log: UP })).toEqual(['run-process', 'start-spark'])
    expect(names('spark', { ...running, log: UP + STARTED })).toEqual(['run-process', 'start-spark', 'start-query'])
    expect(names('spark', { state: 'RUNNING', log: UP + STARTED, reported: IDLE })).toHaveLength(4)
  })

  it('a progress shows that all is over, though its log is not there yet', () => {
    const over = phasesOver('spark', { state: 'RUNNING', log: '', reported: IDLE })
    expect(over.map(entry => entry.phase)).toEqual(['run-process', 'start-spark', 'start-query', 'first-trigger'])
    expect(over[1]?.shown).toBe('its first progress shows it')
  })

  it('words of a record or of another program are not taken for the lines of the job', () => {
    const log = 'order "INFO the query has started"\nwe run on Spark 4.0.2: fine\n'
    expect(names('spark', { state: 'RUNNING', log, reported: undefined })).toEqual(['run-process'])
  })

  it('the embedded engine has no Spark to start; the first trigger says what it was', () => {
    expect(names('embedded', { state: 'RUNNING', log: '', reported: undefined })).toEqual(['run-process'])
    expect(phasesOver('embedded', { state: 'RUNNING', log: '', reported: IDLE }).at(-1)?.shown).toBe('no record waits')
    const reported = progressOf({ end: {}, partitions: {}, rows: 10 })
    expect(phasesOver('embedded', { state: 'RUNNING', log: '', reported }).at(-1)?.shown).toBe(
      'batch 1, 10 rows, committed at 2026-11-20T12:00:00.000Z',
    )
  })
})
