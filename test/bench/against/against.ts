import type { Area, OpenArea } from './area.ts'
import { type CleanUp, createCleanUp } from './clean-up.ts'
import { consoleArea } from './console.ts'
import { jobArea } from './job.ts'
import { type Compared, compare, type Figure, orderOf } from './ratio.ts'
import { sandboxArea } from './sandbox.ts'
import { checkOut, type Tree, thisTree } from './tree.ts'

export const AREAS: Record<string, Area> = {
  sandbox: sandboxArea,
  engine: jobArea('embedded'),
  spark: jobArea('spark'),
  console: consoleArea,
}

/** A side that could not be measured, and why. */
interface Missing {
  area: string
  side: string
  reason: string
}

export interface AgainstReport {
  here: Pick<Tree, 'commit' | 'changed'>
  against: { revision: string; commit: string }
  rows: Compared[]
  missing: Missing[]
}

interface Options {
  revision: string
  areas: readonly string[]
  quick: boolean
  /** Instead of those of each area. */
  rounds: number | undefined
  /** Takes each figure as soon as it is known. */
  onRow: (row: Compared) => void
  say: (text: string) => void
}

/**
 * Measures this tree and a revision in turn, within one run: a machine that is busy meanwhile hits both alike, and a
 * ratio holds where a figure alone does not. Ctrl-C ends all that was started and removes the revision's worktree.
 */
export async function runAgainst(options: Options): Promise<AgainstReport> {
  const { say } = options
  const cleanUp = createCleanUp(error => say(`While cleaning up: ${error.message}`))
  const forget = onSignals(cleanUp, say)
  try {
    const here = thisTree()
    const there = await checkOut(options.revision, cleanUp, say)
    say(
      `${here.label} (${here.commit.slice(0, 12)}${here.changed ? ' and changes' : ''}) against ` +
        `${there.commit.slice(0, 12)}`,
    )
    const rows: Compared[] = []
    const missing: Missing[] = []
    for (const name of options.areas) {
      const area = AREAS[name]
      if (!area) continue
      const measured = await measureArea(area, [here, there], options, cleanUp)
      for (const row of measured.rows) options.onRow(row)
      rows.push(...measured.rows)
      missing.push(...measured.missing.map(side => ({ area: name, ...side })))
      for (const { side, reason } of measured.missing) say(`${name}: ${side} has no figures: ${reason}`)
    }
    const { commit, changed } = here
    return { here: { commit, changed }, against: { revision: options.revision, commit: there.commit }, rows, missing }
  } catch (error) {
    // Whoever interrupted it knows why it failed; the process ends when all is cleaned up.
    if (cleanUp.signal.aborted) await new Promise(() => undefined)
    throw error
  } finally {
    await cleanUp.run()
    forget()
  }
}

type Sides<T> = readonly [here: T, there: T]

async function measureArea(
  area: Area,
  trees: Sides<Tree>,
  { quick, rounds = quick ? area.rounds.quick : area.rounds.full, say }: Options,
  cleanUp: CleanUp,
): Promise<{ rows: Compared[]; missing: Omit<Missing, 'area'>[] }> {
  const missing: Omit<Missing, 'area'>[] = []
  const open: { tree: Tree; area: OpenArea; found: Figure[][] }[] = []
  const failed = (tree: Tree, error: unknown) => {
    cleanUp.signal.throwIfAborted()
    missing.push({ side: tree.label, reason: (error as Error).message })
  }
  for (const tree of trees) {
    say(`Opening ${tree.label}`)
    await area.open(tree, cleanUp).then(
      opened => open.push({ tree, area: opened, found: [] }),
      error => failed(tree, error),
    )
  }
  try {
    const [here, there] = open
    if (!here || !there) return { rows: [], missing }
    for (let round = 0; round < rounds && missing.length === 0; round++) {
      say(`Round ${round + 1} of ${rounds}`)
      for (const side of orderOf([here, there], round)) {
        cleanUp.signal.throwIfAborted()
        await side.area.round(round).then(
          figures => side.found.push(figures),
          error => failed(side.tree, error),
        )
      }
    }
    const names = here.found[0]?.map(({ name, unit }) => ({ name, unit })) ?? []
    const pairs = Math.min(here.found.length, there.found.length)
    const values = (found: Figure[][], name: string) =>
      found.slice(0, pairs).map(figures => figures.find(figure => figure.name === name)?.value ?? Number.NaN)
    const rows =
      pairs === 0
        ? []
        : names.map(({ name, unit }) => compare(name, unit, values(here.found, name), values(there.found, name)))
    return { rows, missing }
  } finally {
    for (const side of open.reverse()) await side.area.close()
  }
}

/** The first Ctrl-C cleans up; the second one ends at once. Returns what ends the listening. */
function onSignals(cleanUp: CleanUp, say: (text: string) => void): () => void {
  const codes = { SIGINT: 130, SIGTERM: 143 } as const
  const listeners = Object.entries(codes).map(([signal, code]) => {
    const listener = () => {
      if (cleanUp.signal.aborted) process.exit(code)
      say('Interrupted: ending what was started, and removing the worktree')
      cleanUp.run().then(
        () => process.exit(code),
        error => {
          say(`The clean-up failed: ${String(error)}`)
          process.exit(code)
        },
      )
    }
    process.on(signal, listener)
    return { signal, listener }
  })
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}

/** A row as a line of the report. */
export function lineOf({ name, unit, here, against, ratio }: Compared): string {
  const figure = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: value < 1000 ? 4 : 5 })
  const times = (value: number) => value.toFixed(3)
  return [
    name.padEnd(56),
    figure(here.median).padStart(10),
    figure(against.median).padStart(10),
    unit.padEnd(6),
    times(ratio.median).padStart(8),
    `(${times(ratio.lowerQuartile)} to ${times(ratio.upperQuartile)}; ${ratio.rounds} rounds, ` +
      `${times(ratio.least)} to ${times(ratio.most)})`,
  ].join(' ')
}

export const HEADING =
  `${'median of'.padEnd(56)} ${'this tree'.padStart(10)} ${'revision'.padStart(10)} ${'unit'.padEnd(6)} ` +
  `${'ratio'.padStart(8)} (its middle half; all rounds)`
