import type { CallsMade } from '../../../shared/features/calls.ts'
import { count, duration } from '../../ui/format.ts'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

type Row = CallsMade['rows'][number]
type BudgetRow = CallsMade['budgets'][number]
type PriceRow = CallsMade['prices'][number]

/** Who asked, in words. */
const BY: Record<Row['by'], string> = {
  watch: 'page that follows',
  ask: 'page, once',
  work: 'work',
  history: 'history',
  limit: 'limit of the cluster',
  core: 'core',
}

const number = <R,>(id: string, header: string, of: (row: R) => number, text: (value: number) => string = count) =>
  ({ id, header, width: 95, align: 'end', sortBy: of, cell: row => text(of(row)) }) satisfies Column<R>

const COLUMNS: readonly Column<Row>[] = [
  { id: 'service', header: 'Service', width: 150, sortBy: ({ service }) => service, cell: ({ service }) => service },
  {
    id: 'operation',
    header: 'Operation',
    width: 220,
    wrap: 'anywhere',
    namesRow: true,
    sortBy: ({ operation }) => operation,
    cell: ({ operation }) => operation,
  },
  {
    id: 'by',
    header: 'Asked by',
    width: 200,
    sortBy: ({ by, name }) => `${by} ${name}`,
    cell: ({ by, name }) => (
      <>
        {BY[by]} <span className="note">{name === by ? '' : name}</span>
      </>
    ),
  },
  number('minute', 'This minute', row => row.lastMinute),
  number('calls', 'Requests', row => row.calls),
  number('throttled', 'Throttled', row => row.throttled),
  number('failed', 'Failed', row => row.failed),
  number(
    'usd',
    'USD',
    row => row.usd,
    value => (value === 0 ? '0' : value.toFixed(6)),
  ),
]

export function CallTable({ rows, known }: { rows: readonly Row[]; known: boolean }) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>By operation and who asked</h2>
        <span className="note">last hour</span>
        <ExportButtons name="calls" table={() => tableOf(rows)} />
      </div>
      <Table
        label="Requests by operation"
        rows={rows}
        columns={COLUMNS}
        keyOf={({ service, operation, by, name }) => `${service} ${operation} ${by} ${name}`}
        empty={known ? 'Nothing was asked of this target yet.' : 'Reading what was asked.'}
        maxHeight={520}
      />
    </section>
  )
}

const BUDGETS: readonly Column<BudgetRow>[] = [
  { id: 'service', header: 'Service', namesRow: true, cell: ({ service }) => service },
  number('most', 'A minute at most', row => row.perMinute),
  number('last', 'Last minute', row => row.lastMinute),
  number('waited', 'Waited', row => row.waited),
  number('time', 'In all', row => row.waitedMs, duration),
]

/** What polls may ask of each service; the sandbox has none. */
export function BudgetTable({ budgets }: Pick<CallsMade, 'budgets'>) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>Budgets of polls</h2>
        <span className="note">what somebody asks for or begins is not held back</span>
      </div>
      <Table
        label="Budgets of polls"
        rows={budgets}
        columns={BUDGETS}
        keyOf={({ service }) => service}
        empty="No poll of this target has a budget: the sandbox is on this machine, or nothing was polled yet."
      />
    </section>
  )
}

const PRICES: readonly Column<PriceRow>[] = [
  { id: 'what', header: 'Paid for', namesRow: true, cell: ({ what }) => what },
  number('usd', 'USD', row => row.usd, String),
  number('per', 'For', row => row.per),
  {
    id: 'source',
    header: 'Source',
    cell: ({ source, readOn }) => (
      <span className="note">
        {source}, read in {readOn}
      </span>
    ),
  },
]

export function PriceTable({ prices }: Pick<CallsMade, 'prices'>) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>Prices of calls</h2>
        <span className="note">US East (N. Virginia); all other calls are free</span>
      </div>
      <Table label="Prices of calls" rows={prices} columns={PRICES} keyOf={({ what }) => what} empty="None." />
    </section>
  )
}

const tableOf = (rows: readonly Row[]) => ({
  columns: ['service', 'operation', 'by', 'name', 'requests', 'throttled', 'failed', 'usd', 'this_minute'],
  rows: rows.map(row => [
    row.service,
    row.operation,
    row.by,
    row.name,
    row.calls,
    row.throttled,
    row.failed,
    row.usd,
    row.lastMinute,
  ]),
})
