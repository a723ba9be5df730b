import type { Ledger } from '../../shared/features/ledger.ts'
import type { Partition } from '../../shared/features/stream.ts'
import type { Lifetime } from './memory.ts'
import type { Tally } from './tally.ts'

export interface Conclusion {
  ledger: Ledger
  foundInStream: number
  /** Of the fact table. */
  rows: number
  keys: number
  shards: Partition[]
}

export interface Outcome {
  seed: number
  minutes: number
  interrupted: boolean
  tally: Tally
  memory: { oldest: Lifetime[]; processes: number }
  diskBytes: number
  /** Objects that aborted uploads left. */
  uploadsKept: number
  /** Undefined when the end could not be reached; then why is among the problems. */
  conclusion: Conclusion | undefined
}

/** What must hold at the end, in words: nothing where all is well. */
export function problemsOf({ tally, conclusion, uploadsKept }: Outcome): string[] {
  const problems = [...tally.problems].map(([text, times]) => (times === 1 ? text : `${text} (${times} times)`))
  if (!conclusion) return [...problems, 'the pipeline did not drain']
  const { ledger, rows, keys } = conclusion
  const { difference, inFlightRecords, others, unconfirmed, pending, givenUp, accepted, read, loaded } = ledger
  const nothing = Object.entries({ difference, inFlightRecords, others, unconfirmed, pending, givenUp }).filter(
    ([, value]) => value !== 0,
  )
  return [
    ...problems,
    ...nothing.map(([name, value]) => `${name} is ${value} in the ledger, and must be 0`),
    ...(accepted > 0 && accepted === read ? [] : [`${accepted} records were accepted, and ${read} were read`]),
    ...(rows === keys ? [] : [`the fact table has ${rows} rows of ${keys} orders`]),
    ...(rows === loaded ? [] : [`the fact table has ${rows} rows, and ${loaded} were loaded`]),
    ...(uploadsKept === 0 ? [] : [`${uploadsKept} aborted uploads became objects`]),
  ]
}

/** The one JSON object of --json. */
export function outcomeJson(outcome: Outcome) {
  const { tally, memory, conclusion, ...rest } = outcome
  const { problems: _, longestRecoveryMs, ...counts } = tally
  const ledger = conclusion?.ledger
  return {
    ...rest,
    problems: problemsOf(outcome),
    ...counts,
    longestRecoverySeconds: Math.round(longestRecoveryMs / 100) / 10,
    ledger: ledger && {
      events: ledger.events,
      sent: ledger.sent,
      accepted: ledger.accepted,
      retried: ledger.retried,
      throttled: ledger.throttled,
      received: ledger.received,
      read: ledger.read,
      loaded: ledger.loaded,
      duplicates: ledger.duplicates,
      late: ledger.late,
      invalid: ledger.invalid,
      unconfirmedFound: conclusion.foundInStream,
      difference: ledger.difference,
    },
    factTable: conclusion && { rows: conclusion.rows, orders: conclusion.keys },
    shards: conclusion && {
      open: conclusion.shards.filter(shard => shard.state === 'open').length,
      all: conclusion.shards.length,
    },
    processes: memory.processes,
    memoryOfTheOldest: memory.oldest.map(entry => ({
      role: entry.role,
      seconds: entry.seconds,
      fromMiB: mebibytes(entry.fromBytes),
      toMiB: mebibytes(entry.toBytes),
      mostMiB: mebibytes(entry.mostBytes),
    })),
    diskMiB: mebibytes(outcome.diskBytes),
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)

export function outcomeText(outcome: Outcome): string {
  const json = outcomeJson(outcome)
  const problems = json.problems
  const { acts, ledger } = json
  return [
    '',
    `${json.minutes.toFixed(1)} minutes, seed ${json.seed}${json.interrupted ? ', interrupted' : ''}`,
    ...Object.entries(acts).map(([kind, times]) => `  ${kind.padEnd(26)} ${times}`),
    `  ${json.processes} processes lived; the simulator was started ${json.simulatorStarts} times, the job ` +
      `${json.jobStarts} times`,
    `  ${json.pages} pages, ${json.inspections} inspections; ${json.metAnOutage} met an outage; ` +
      `${json.doubleStartsRefused} second starts of a simulator refused`,
    `  ${json.recoveries} recoveries, the longest ${json.longestRecoverySeconds} s`,
    ...(ledger
      ? Object.entries(ledger).map(([name, value]) => `  ${name.padEnd(26)} ${value.toLocaleString('en-US')}`)
      : []),
    ...(json.factTable ? [`  fact table: ${json.factTable.rows} rows of ${json.factTable.orders} orders`] : []),
    ...(json.shards ? [`  shards: ${json.shards.open} open of ${json.shards.all}`] : []),
    ...json.memoryOfTheOldest.map(
      entry =>
        `  the oldest ${entry.role}: ${entry.fromMiB} MiB, ${entry.toMiB} MiB after ${entry.seconds} s, at most ` +
        `${entry.mostMiB} MiB`,
    ),
    `  data folder: ${json.diskMiB} MiB`,
    ...problems.map(problem => `✗ ${problem}`),
    problems.length === 0 ? '✓ every order is accounted for' : `${problems.length} problems`,
    '',
  ].join('\n')
}
