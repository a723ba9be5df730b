import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lastSandbox, liveSandbox } from '../../electron/hosts/sandbox/running.ts'
import type { Ledger } from '../../shared/features/ledger.ts'
import type { SimulatorOptions } from '../../shared/features/simulator.ts'
import { enginePid, runningSandbox } from '../fixture/engine-process.ts'
import { all, applied, SCOPE, value } from '../fixture/open-core.ts'
import { runSluice, startSluice, temporaryFolder } from '../fixture/sluice.ts'
import { type ConsoleProcess, type Page, startConsole } from '../soak/console-process.ts'

const DEMO = ['--json', '--rate', '0', '--limits', 'off', '--shards', '1']
const OPTIONS: SimulatorOptions = {
  mix: { seed: 1, duplicatesPercent: 2, invalidPercent: 1, latePercent: 1 },
  profile: { kind: 'constant', perSecond: 500 },
  events: 1_500,
}
const soon = { timeout: 60_000, interval: 100 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let data: string
let consoles: ConsoleProcess[]
beforeEach(async () => {
  folder = await temporaryFolder()
  data = join(folder.path, 'data')
  consoles = []
})
afterEach(async () => {
  for (const entry of consoles.reverse()) await entry.stop()
  for (const name of ['data', 'copy']) await runSluice(['stop', '--data', join(folder.path, name)])
  await folder.remove()
})

async function open(): Promise<ConsoleProcess> {
  const started = await startConsole(data)
  consoles.push(started)
  return started
}

/** A page that asks again where it was cut off, as the console's page does. */
async function pageOf(from: ConsoleProcess): Promise<Page> {
  return vi.waitFor(async () => {
    const page = await from.openPage()
    value(await page.services.targets.list({}))
    return page
  }, soon)
}

/** Waits until the simulator has sent all that it was to. */
async function sentAll({ services }: Page): Promise<void> {
  await vi.waitFor(async () => expect(value(await services.simulator.status(SCOPE)).state).toBe('stopped'), soon)
}

describe('two consoles on one data folder', () => {
  it('have one core: a simulator that both start runs once, and each order is counted once', async () => {
    const first = await open()
    const second = await open()
    expect(second.said()).toContain(
      `Joined: A console (sluice web, process ${first.pid}) has been working on ${data} since `,
    )
    const [one, two] = [await pageOf(first), await pageOf(second)]
    await all(applied(one.services, { ...SCOPE, options: { partitions: 1 } }))
    await all(two.services.artifacts.deploy(SCOPE))
    await all(two.services.warehouse.createAndLoadDimensions(SCOPE))
    await all(two.services.jobs.start(SCOPE))
    const starts = await Promise.all(
      [one, two].map(({ services }) => services.simulator.start({ ...SCOPE, options: OPTIONS })),
    )
    expect(starts.map(start => start.ok).sort()).toEqual([false, true])
    expect(starts.find(start => !start.ok)).toMatchObject({
      error: { code: 'conflict', message: 'The simulator runs already.' },
    })
    await sentAll(two)
    await all(one.services.jobs.drain(SCOPE))
    const [a, b] = [value(await one.services.ledger.read(SCOPE)), value(await two.services.ledger.read(SCOPE))]
    expect(a).toMatchObject({ events: 1_500, difference: 0, others: 0, unconfirmed: 0 })
    expect({ ...b, at: a.at }).toEqual(a)
    const asked = await runSluice(['ledger', '--json', '--data', data])
    expect(asked.json).toMatchObject({ events: 1_500, loaded: a.loaded, difference: 0 })
  })

  it('a command goes through the core of the console, which sees what it did', async () => {
    const page = await pageOf(await open())
    await all(applied(page.services, { ...SCOPE, options: { partitions: 1 } }))
    const resharded = await runSluice(['reshard', '2', '--data', data])
    expect(resharded.exitCode, resharded.stderr).toBe(0)
    const events = value(await page.services.history.events({ ...SCOPE, fromMs: 0, toMs: Date.now() + 60_000 }))
    expect(events.map(({ title }) => title)).toContainEqual(expect.stringMatching(/^Reshard \S+ to 2 shards: done$/))
  })

  it('after kill -9 of the first one the second takes over with its own sandbox, and nothing is lost', async () => {
    const first = await open()
    const second = await open()
    const before = await pageOf(first)
    await all(applied(before.services, { ...SCOPE, options: { partitions: 1 } }))
    await all(before.services.artifacts.deploy(SCOPE))
    await all(before.services.warehouse.createAndLoadDimensions(SCOPE))
    await all(before.services.jobs.start(SCOPE))
    value(await before.services.simulator.start({ ...SCOPE, options: { ...OPTIONS, events: 100_000 } }))
    const watching = await pageOf(second)
    await vi.waitFor(
      async () => expect(value(await watching.services.simulator.status(SCOPE)).counts.accepted).toBeGreaterThan(300),
      soon,
    )
    await first.kill()
    // The page's link ends with the core that it was joined to; it connects again to its own console.
    await vi.waitFor(() => expect(watching.isOpen()).toBe(false), soon)
    const after = await pageOf(second)
    expect(second.said()).toContain(`sluice web (process ${first.pid}) has ended its core.`)
    value(await after.services.simulator.start({ ...SCOPE, options: { ...OPTIONS, events: 200 } }))
    await sentAll(after)
    await all(after.services.jobs.drain(SCOPE))
    const ledger: Ledger = value(await after.services.ledger.read(SCOPE))
    expect(ledger).toMatchObject({ difference: 0, others: 0, unconfirmed: 0, pending: 0 })
    expect(ledger.accepted).toBe(ledger.read)
  })

  it('what would take something away from the other is refused with who it is and what to do', async () => {
    const { pid } = await open()
    const who = new RegExp(
      `A console \\(sluice web, process ${pid}\\) has been working on .* since .* at http://127\\.0\\.0\\.1:\\d+/\\.`,
    )
    const stopped = await runSluice(['stop', '--data', data])
    expect(stopped.exitCode).toBe(1)
    expect(stopped.stderr).toMatch(who)
    const reset = await runSluice(['sandbox', '--reset', '--data', data])
    expect(reset.exitCode).toBe(1)
    expect(reset.stderr).toMatch(who)
    const sandbox = await runSluice(['sandbox', '--data', data])
    expect(sandbox.exitCode).toBe(1)
    expect(sandbox.stderr).toMatch(who)
    expect((await liveSandbox(data))?.pid).toBe(runningSandbox(data).pid)
  })
})

describe('a demo', () => {
  it('joins the core of a console, and the console counts the same orders', async () => {
    const page = await pageOf(await open())
    const demo = await runSluice(['demo', '--data', data, '--events', '300', '--json', '--rate', '0'])
    expect(demo.exitCode, demo.stderr).toBe(0)
    expect(demo.json).toMatchObject({ events: 300, difference: 0, others: 0 })
    expect(value(await page.services.simulator.status(SCOPE)).counts.events).toBe(300)
  })

  it('beside another one is refused with who it is; the first goes on', async () => {
    // It sends for 20 s: a busy machine needs some to start the second one.
    const first = startSluice(['demo', '--data', data, '--events', '2400', ...DEMO.slice(0, 1), '--rate', '120'])
    await first.says('Simulator:')
    const second = await runSluice(['demo', '--data', data, '--events', '600', '--json'])
    expect(second.exitCode).toBe(1)
    expect(second.stderr).toContain(
      `A demo (sluice demo, process ${first.child.pid}) has been working on ${data} since `,
    )
    const { exitCode, json, stderr } = await first.finished
    expect(exitCode, stderr).toBe(0)
    expect(json).toMatchObject({ events: 2400, difference: 0, others: 0 })
  })
})

describe('a copy of a data folder', () => {
  it('has a sandbox of its own: destroyed, the original is untouched and its job goes on', async () => {
    const made = await runSluice(['demo', '--data', data, '--events', '500', '--keep', ...DEMO])
    expect(made.exitCode, made.stderr).toBe(0)
    const copy = join(folder.path, 'copy')
    // Held still: a copy of files that change meanwhile holds some of before and some of after.
    const { pid } = runningSandbox(data)
    process.kill(pid, 'SIGSTOP')
    try {
      await cp(data, copy, { recursive: true, preserveTimestamps: true, filter: path => !path.endsWith('.sock') })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    const asked = await runSluice(['destroy', '--name', 'food-delivery', '--data', copy])
    expect(asked.exitCode).toBe(1)
    expect(asked.stderr).toContain(`No sandbox runs on ${copy}.`)

    const original = { ...runningSandbox(data), engine: enginePid(data) }
    expect(original.engine).toBeGreaterThan(0)
    const sandbox = startSluice(['sandbox', '--data', copy])
    await sandbox.prints('export AWS_ENDPOINT_URL=')
    // It starts the step that was running, by a process of its own.
    await vi.waitFor(() => expect(enginePid(copy)).toBeGreaterThan(0), soon)
    expect((await lastSandbox(copy))?.endpoint).not.toBe(original.endpoint)
    const destroyed = await runSluice(['destroy', '--name', 'food-delivery', '--data', copy])
    expect(destroyed.exitCode, destroyed.stderr).toBe(0)
    sandbox.child.kill('SIGINT')
    await once(sandbox.child, 'exit')

    const ledger = await runSluice(['ledger', '--json', '--data', data])
    expect(ledger.json, ledger.stderr).toMatchObject({ events: 500, difference: 0 })
    const jobs = await runSluice(['jobs', '--json', '--data', data])
    expect(jobs.json).toMatchObject({ clusters: [{ state: 'RUNNING', steps: [{ state: 'RUNNING' }] }] })
    expect(enginePid(data)).toBe(original.engine)
    const more = await runSluice([
      'demo',
      '--data',
      data,
      '--events',
      '100',
      '--keep',
      '--json',
      '--rate',
      '0',
      '--limits',
      'off',
    ])
    expect(more.json, more.stderr).toMatchObject({ events: 600, difference: 0, others: 0 })
  })
})
