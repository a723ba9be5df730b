import type { Services } from './services.ts'

/** What an operation is asked about, as far as its name needs it. */
export interface NamedBy {
  target?: string
  pipeline?: string
  clusterId?: string
  stepId?: string
  thenStop?: boolean
  on?: boolean
}

/**
 * What an operation does to its target.
 * - reads: nothing but reading
 * - here: it changes something of this machine, and nothing of a target
 * - run: it steers a run that was begun by an operation that changes; calls are made by that one
 * - a name: it changes something, and this is what is typed on a target that is protected. `undefined`: with this input
 *   it only reads
 * - sql: it changes something if its SQL does, which is decided where the SQL is read
 */
export type Effect =
  | 'reads'
  | 'here'
  | 'run'
  | { changes: (input: NamedBy) => string | undefined }
  | { sql: (input: NamedBy) => string }

const onPipeline = (verb: string): Effect => ({ changes: ({ pipeline }) => `${verb} ${pipeline}` })
const writes: Effect = { sql: ({ pipeline }) => `write ${pipeline}` }

/** Every operation of every contract. One that is missing here does not compile. */
export const EFFECTS: { [F in keyof Services]: { [O in keyof Services[F]]: Effect } } = {
  about: { program: 'reads' },
  targets: { list: 'reads', profiles: 'reads', login: 'here', offered: 'reads', addProfile: 'here', identity: 'reads' },
  pipelines: { list: 'reads', addFolder: 'here', removeFolder: 'here' },
  history: { range: 'reads', events: 'reads', follow: 'reads' },
  provision: {
    plan: 'reads',
    recall: 'reads',
    apply: onPipeline('apply'),
    limit: onPipeline('limit'),
    destroy: onPipeline('destroy'),
  },
  cost: { read: 'reads', watchSwitch: 'reads', extend: onPipeline('extend') },
  calls: { watch: 'reads' },
  artifacts: { state: 'reads', diff: 'reads', deploy: onPipeline('deploy'), back: onPipeline('roll back') },
  warehouse: {
    createAndLoadDimensions: onPipeline('load'),
    query: writes,
    queries: 'reads',
    parquet: writes,
    dashboard: 'reads',
    schema: 'reads',
  },
  simulator: {
    start: onPipeline('simulate'),
    pause: 'run',
    resume: 'run',
    setProfile: 'run',
    stop: 'run',
    status: 'reads',
    watch: 'reads',
    preview: 'reads',
    samples: 'reads',
  },
  stream: { describe: 'reads', watch: 'reads', records: 'reads', repartition: onPipeline('reshard') },
  lag: { now: 'reads', watch: 'reads', iteratorAge: 'reads', probe: 'reads' },
  checkpoint: {
    preflight: 'reads',
    preflightSpark: 'reads',
    archiveSpark: onPipeline('archive'),
    reset: onPipeline('reset'),
    restore: onPipeline('restore'),
  },
  jobs: {
    list: 'reads',
    watch: 'reads',
    start: onPipeline('start'),
    drain: { changes: ({ pipeline, thenStop }) => (thenStop ? `drain ${pipeline}` : undefined) },
    cancel: onPipeline('stop'),
    batches: 'reads',
    batch: 'reads',
    addStep: { changes: ({ clusterId }) => `add step ${clusterId}` },
    cancelStep: { changes: ({ stepId }) => `cancel ${stepId}` },
    protect: { changes: ({ clusterId, on }) => `${on ? 'protect' : 'unprotect'} ${clusterId}` },
    terminate: { changes: ({ clusterId }) => `terminate ${clusterId}` },
    applicationUi: 'reads',
    historyUi: { changes: ({ clusterId }) => `history ${clusterId}` },
    logs: 'reads',
  },
  programs: { watch: 'reads', retry: 'here' },
  runtime: { spark: 'reads', setUpSpark: 'here' },
  ledger: { read: 'reads', latency: 'reads' },
  trace: { find: 'reads', recent: 'reads' },
  protection: { rules: 'reads', setRules: 'here', standing: 'reads', unlock: 'here' },
  audit: { list: 'reads', export: 'reads' },
}

/** The effect of an operation by its whole name, `provision.apply`. */
export function effectOf(op: string): Effect | undefined {
  const [feature = '', operation = ''] = op.split('.')
  const table: Record<string, Record<string, Effect>> = EFFECTS
  const ofFeature = Object.hasOwn(table, feature) ? table[feature] : undefined
  return ofFeature && Object.hasOwn(ofFeature, operation) ? ofFeature[operation] : undefined
}

/** What is typed before an operation changes a target that is protected; undefined where it only reads. */
export function nameOf(effect: Effect, input: NamedBy): string | undefined {
  if (typeof effect === 'string') return undefined
  return 'sql' in effect ? effect.sql(input) : effect.changes(input)
}
