import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cut, empty, flip } from '../fixture/damage-file.ts'
import { type Finished, runSluice, type Started, startSluice, temporaryFolder } from '../fixture/sluice.ts'
import { smallDisk } from '../fixture/small-disk.ts'

/*
 * Faults of the machine under the whole demo: each kind of state file damaged, a disk that gets full, a folder that
 * cannot be written, a port that is taken. A run ends with a ledger that closes, or it names the file and says what is
 * lost; it never shows a stack, and never has less without a word. The clock's faults are in clock.test.ts.
 */

/** One run of the demo, to its end, on its own data folder. */
const demo = (data: string, ...more: string[]) => [
  'demo',
  '--json',
  '--data',
  data,
  '--events',
  '150',
  '--rate',
  '0',
  '--shards',
  '2',
  ...more,
]
const STACK = /^\s+at .+:\d+:\d+\)?$/m

let base: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  base = await temporaryFolder()
  const first = await runSluice(demo(base.path))
  expect(first.exitCode, first.stderr).toBe(0)
})
afterAll(() => base.remove())

/** A copy of the prepared data folder, for one case. */
async function inCopy(act: (data: string) => Promise<void>): Promise<void> {
  const copy = await temporaryFolder()
  try {
    cpSync(base.path, copy.path, { recursive: true })
    await act(copy.path)
  } finally {
    await runSluice(['stop', '--data', copy.path])
    await copy.remove()
  }
}

/** The largest file below a folder whose path matches. */
function fileOf(data: string, pattern: RegExp): string {
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => pattern.test(path))
    .sort((a, b) => statSync(b).size - statSync(a).size)
  const [largest] = files
  if (largest === undefined) throw new Error(`The data folder has no file like ${pattern}`)
  return largest
}

const closes = (end: Finished) => {
  expect(end.exitCode, end.stderr).toBe(0)
  expect(end.json, end.stderr).toMatchObject({ difference: 0, inFlight: 0, unconfirmed: 0 })
}

const DAMAGES = { cut: (file: string) => cut(file), flipped: (file: string) => flip(file), emptied: empty }
type DamageName = keyof typeof DAMAGES
const damageNames = Object.keys(DAMAGES) as DamageName[]
const casesOf = (kinds: readonly (readonly [string, RegExp])[]) =>
  kinds.flatMap(([kind, pattern]) => damageNames.map(damage => ({ kind, pattern, damage })))

/** Without these the sandbox would answer wrongly. */
const NEEDED = casesOf([
  ['the index of a bucket', /streaming-\d+.*\/index\.jsonl$/],
  ['the settings of a bucket', /streaming-\d+.*\/bucket\.json$/],
  ['the description of a stream', /stream\.json$/],
  ['the log of a shard', /shardId-\d+\.\d+\.jsonl$/],
  ['the database of the warehouse', /dev\.duckdb$/],
  ['the record of a cluster', /clusters\/j-\w+\.json$/],
  ['the entities of IAM', /entities\.json$/],
])

/** Without these all goes on. */
const SPARE = casesOf([
  ['the counts of calls', /calls\.jsonl$/],
  ['the log of statements', /statements\.jsonl$/],
  ['the checksums of a shard', /\.jsonl\.sums$/],
  ['the journal of the simulator', /simulator\/journal\.\d+\.jsonl$/],
  ['the journal of what was provisioned', /provision\/journal\.jsonl$/],
])

describe('a damaged file that the sandbox cannot do without', () => {
  it.concurrent.each(NEEDED)(
    '$kind, $damage: the demo names it and ends, and goes on or states the loss after a repair',
    ({ pattern, damage }) =>
      inCopy(async data => {
        const file = fileOf(data, pattern)
        DAMAGES[damage](file)
        const refused = await runSluice(demo(data))
        // DuckDB finds a changed block when it reads it.
        if (refused.exitCode === 0) return closes(refused)
        expect(refused.stderr).toContain(basename(file))
        expect(refused.stderr).not.toMatch(STACK)
        if (!refused.stderr.includes('is damaged')) return
        expect(refused.stderr).toContain('sluice repair')
        const repaired = await runSluice(['repair', '--data', data])
        expect(repaired.exitCode, repaired.stderr).toBe(0)
        expect(repaired.stdout).toContain(file)
        expect(repaired.stdout).toContain('Lost:')
        expect((await runSluice(['repair', '--data', data])).stdout).toBe('Nothing is damaged.\n')
        // The other two ways of damage lose the same.
        if (damage !== 'flipped') return
        const after = await runSluice(demo(data))
        expect(after.stderr).not.toMatch(STACK)
        if (after.exitCode === 0) closes(after)
        else expect(after.stderr).toMatch(/✗ .+|The ledger does not close/)
      }),
  )
})

describe('a damaged file that can be done without', () => {
  it.concurrent.each(SPARE)('$kind, $damage: the demo says so, and its ledger closes', ({ pattern, damage }) =>
    inCopy(async data => {
      const file = fileOf(data, pattern)
      DAMAGES[damage](file)
      const end = await runSluice(demo(data))
      closes(end)
      const said = `${end.stderr}${readFileSync(join(data, 'sandbox', 'sandbox.log'), 'utf8')}`
      expect(said).toMatch(new RegExp(`${basename(file)} (is damaged|ended within a line|ended before its segment)`))
      expect(said).not.toMatch(STACK)
    }),
  )

  it.concurrent.each(damageNames.map(damage => ({ damage })))(
    'the note of the last sandbox, $damage: another port is taken',
    ({ damage }) =>
      inCopy(async data => {
        DAMAGES[damage](join(data, 'sandbox', 'running.json'))
        closes(await runSluice(demo(data)))
      }),
  )
})

/** Waits until what the run has said meets a condition. */
function until(run: Started, what: string, isMet: (said: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (!isMet(run.stderr())) return
      clearInterval(timer)
      resolve()
    }, 10)
    run.finished.then(end => {
      clearInterval(timer)
      reject(new Error(`it ended before it ${what}:\n${end.stderr}`))
    }, reject)
  })
}

const count = (said: string, text: string): number => said.split(text).length - 1

const saysAgain = (run: Started, text: string, before: number): Promise<void> =>
  until(run, `said "${text}" once more`, said => count(said, text) > before)

const hasSent = (run: Started, events: number): Promise<void> =>
  until(run, `had sent ${events}`, said =>
    Array.from(said.matchAll(/\bsent ([\d,]+)/g)).some(([, sent = '']) => Number(sent.replaceAll(',', '')) >= events),
  )

const disk = smallDisk(64)
afterAll(() => disk?.remove())

describe('a disk that gets full', () => {
  /** The moments at which the disk of a demo gets full: what it says then, or how many events it has sent at least. */
  const MOMENTS = ['Account ', 'Plan:', 'Artifacts', 'Dimensions', 'Job', 'Simulator:', 200, 600, 1000, 1400]
  it.skipIf(!disk)(
    'at ten moments of a demo: it is shown as full each time, all goes on when there is room, and the ledger ' +
      'closes (needs the right to mount)',
    async () => {
      if (!disk) return
      const data = join(disk.path, 'data')
      const run = startSluice(['demo', '--json', '--data', data, '--events', '1800', '--rate', '200', '--shards', '2'])
      for (const moment of MOMENTS) {
        await (typeof moment === 'string' ? run.says(moment) : hasSent(run, moment))
        const said = run.stderr()
        const [full, room] = [count(said, ' is full ('), count(said, 'is writable again')]
        disk.fill()
        await saysAgain(run, ' is full (', full)
        disk.free()
        await saysAgain(run, 'is writable again', room)
      }
      const end = await run.finished
      closes(end)
      expect(end.stderr).not.toMatch(STACK)
      const again = await runSluice(demo(data))
      closes(again)
      expect(again.stderr).not.toContain('is damaged')
    },
    120_000,
  )

  it.skipIf(!disk)('before the demo starts: it says that the disk is full, and how much is free', async () => {
    if (!disk) return
    disk.fill()
    const end = await runSluice(demo(join(disk.path, 'new')))
    disk.free()
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toMatch(/The disk of .* is full \(ENOSPC, \d+\.\d MB free\)/)
    expect(end.stderr).not.toMatch(STACK)
  })
})

describe('a place that cannot be had', () => {
  it.skipIf(!disk)('on a disk that is read-only: the demo says so, and that another folder can be named', () =>
    inCopy(async data => {
      execFileSync('mount', ['--bind', data, data])
      try {
        execFileSync('mount', ['-o', 'remount,bind,ro', data])
        const end = await runSluice(demo(data))
        expect(end.exitCode).toBe(1)
        expect(end.stderr).toMatch(/read-only \(EROFS\).*--data/)
        expect(end.stderr).not.toMatch(STACK)
      } finally {
        execFileSync('umount', ['-l', data])
      }
    }),
  )

  it('a port that another program has: the sandbox says so, and that another can be taken', async () => {
    const other = createServer()
    await new Promise<void>(resolve => void other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const folder = await temporaryFolder()
    const end = await runSluice(['sandbox', '--port', String(port), '--data', folder.path])
    other.close()
    await folder.remove()
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toContain(`Port ${port} of 127.0.0.1 is taken by another program`)
    expect(end.stderr).not.toMatch(STACK)
  })
})

describe.skipIf(process.platform === 'win32')('the files of a data folder', () => {
  const openToOthers = (data: string): string[] =>
    [
      data,
      ...readdirSync(data, { recursive: true, withFileTypes: true }).map(entry => join(entry.parentPath, entry.name)),
    ].filter(path => existsSync(path) && (statSync(path).mode & 0o077) !== 0)

  it('can be opened by their user only, after a demo', () => {
    expect(openToOthers(base.path)).toEqual([])
  })

  it('are closed to others when an older version made them open to all', () =>
    inCopy(async data => {
      for (const path of [
        join(data, 'sandbox'),
        join(data, 'core'),
        fileOf(data, /entities\.json$/),
        fileOf(data, /dev\.duckdb$/),
      ])
        chmodSync(path, statSync(path).mode | 0o044)
      closes(await runSluice(demo(data)))
      expect(openToOthers(data)).toEqual([])
    }))
})
