import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { movedClock } from '../fixture/clock/moved-clock.ts'
import { type Started, startSluice, temporaryFolder } from '../fixture/sluice.ts'

const HOUR = 3_600_000
const MIX = ['--seed', '7', '--duplicates', '5', '--invalid', '3', '--late', '4']

/** The numbers of the batches that the demo has shown as committed. */
const batchesShown = (stderr: string): number[] => [...stderr.matchAll(/batch (\d+)/g)].map(found => Number(found[1]))

/** Waits until the demo shows this batch or a later one: it shows the newest once a second, not each. */
async function batchIsShown(demo: Started, batchId: number): Promise<void> {
  await Promise.any(Array.from({ length: 12 }, (_, later) => demo.says(`batch ${batchId + later}, `)))
}

/**
 * Waits until the demo shows a batch that is at least so many behind the newest one that it shows now: the second
 * began after this moment.
 */
const batchesGoOn = (demo: Started, more: number): Promise<void> =>
  batchIsShown(demo, Math.max(...batchesShown(demo.stderr())) + more)

it(
  'a clock that is set back by an hour and forward by two while everything runs stops nothing, closes the ledger ' +
    'and is reported',
  async () => {
    const folder = await temporaryFolder()
    try {
      const clock = movedClock(folder.path)
      const data = join(folder.path, 'data')
      const demo = startSluice(
        ['demo', '--json', '--data', data, '--events', '12000', '--rate', '500', '--shards', '2', ...MIX],
        clock.environment,
      )
      await batchIsShown(demo, 2)
      clock.set(-HOUR)
      await demo.says('The clock of this machine was set back by 1 h 0 min')
      await batchesGoOn(demo, 2)
      clock.set(HOUR)
      await demo.says('The clock of this machine was set forward by 2 h 0 min')
      await batchesGoOn(demo, 2)
      const { exitCode, json, stderr } = await demo.finished
      expect(exitCode, stderr).toBe(0)
      expect(json).toMatchObject({ events: 12_000, difference: 0, others: 0 })
      // Orders came at their rate all the while: 24 s of them took no hour, and no half a minute more either.
      expect((json as { seconds: number }).seconds).toBeLessThan(60)
      const log = await readFile(join(data, 'sandbox', 'sandbox.log'), 'utf8')
      expect(log).toContain('set back by 1 h 0 min')
      expect(log).toContain('set forward by 2 h 0 min')
    } finally {
      await folder.remove()
    }
  },
)

it(
  'a clock that is set forward by a day and back again loses no record of the sandbox, and what follows closes the ' +
    'ledger',
  async () => {
    const folder = await temporaryFolder()
    try {
      const clock = movedClock(folder.path)
      const data = join(folder.path, 'data')
      const demo = (...args: string[]) =>
        startSluice(['demo', '--json', '--data', data, '--shards', '2', ...MIX, ...args], clock.environment)
      const first = demo('--events', '8000', '--rate', '500')
      await batchIsShown(first, 2)
      clock.set(25 * HOUR)
      await first.says('set forward by 1 d 1 h')
      await batchesGoOn(first, 2)
      clock.set(0)
      await first.says('set back by 1 d 1 h')
      const ended = await first.finished
      expect(ended.exitCode, ended.stderr).toBe(0)
      expect(ended.json).toMatchObject({ events: 8_000, difference: 0, others: 0 })
      const second = await demo('--events', '1000', '--rate', '500').finished
      expect(second.exitCode, second.stderr).toBe(0)
      expect(second.json).toMatchObject({ events: 9_000, difference: 0, others: 0 })
    } finally {
      await folder.remove()
    }
  },
)
