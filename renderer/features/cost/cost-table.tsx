import type { CostItem } from '../../../shared/features/cost.ts'
import { Ago } from '../../ui/figure.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

const money = (usd: number | null, digits: number): string => (usd === null ? 'not known' : usd.toFixed(digits))

const COLUMNS: readonly Column<CostItem>[] = [
  { id: 'kind', header: 'Kind', width: 90, sortBy: ({ kind }) => kind, cell: ({ kind }) => kind },
  {
    id: 'name',
    header: 'Name',
    width: 220,
    wrap: 'anywhere',
    namesRow: true,
    sortBy: ({ name }) => name,
    cell: ({ name }) => name,
  },
  {
    id: 'hour',
    header: 'USD per hour',
    width: 120,
    align: 'end',
    sortBy: ({ usdPerHour }) => usdPerHour,
    cell: ({ usdPerHour }) => money(usdPerHour, 3),
  },
  {
    id: 'so-far',
    header: 'USD so far',
    width: 110,
    align: 'end',
    sortBy: ({ usdSoFar }) => usdSoFar,
    cell: ({ usdSoFar }) => money(usdSoFar, 2),
  },
  {
    id: 'since',
    header: 'Since',
    width: 120,
    sortBy: ({ since }) => since,
    cell: ({ since }) => <Ago ms={Date.parse(since)} />,
  },
  {
    id: 'how',
    header: 'How it is estimated',
    cell: ({ how, source, readOn }) => (
      <span className="note">
        {how}. {source}
        {readOn !== null && `, read in ${readOn}`}
      </span>
    ),
  },
]
const idOf = ({ id }: CostItem): string => id

/** What runs, each with its price and how it was estimated. */
export function CostTable({ items, known }: { items: readonly CostItem[]; known: boolean }) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>What runs</h2>
        <span className="note">estimated: list prices without discounts, free tiers and taxes</span>
        <ExportButtons name="cost" table={() => tableOf(items)} />
      </div>
      <Table
        label="What runs"
        rows={items}
        columns={COLUMNS}
        keyOf={idOf}
        empty={
          known ? 'Nothing runs that is paid by the hour. Apply the plan on the page Provision.' : 'Reading what runs.'
        }
      />
    </section>
  )
}

const tableOf = (items: readonly CostItem[]) => ({
  columns: ['id', 'kind', 'name', 'usd_per_hour', 'usd_so_far', 'since', 'how', 'source', 'price_read_on'],
  rows: items.map(item => [
    item.id,
    item.kind,
    item.name,
    item.usdPerHour,
    item.usdSoFar,
    item.since,
    item.how,
    item.source,
    item.readOn,
  ]),
})
