import './live-table.css'
import { memo, type ReactNode, useMemo, useState } from 'react'

export interface LiveColumn<Row> {
  id: keyof Row & string
  header: string
  /** CSS pixels; the first column takes what is left over. */
  width: number
  cell: (row: Row) => ReactNode
}

interface LiveTableProps<Row> {
  label: string
  rows: readonly Row[]
  columns: readonly LiveColumn<Row>[]
  keyOf: (row: Row) => string
  /** Stays below all others, however they are sorted. */
  isOver?: (row: Row) => boolean
  chosen: string | undefined
  onChoose: (key: string) => void
  /** What is said while there are no rows. */
  empty: string
}

/**
 * A table whose numbers change every second: only rows that changed are drawn anew. Sorted by its headings, chosen by a
 * click on a row (the row's own link does it by the keys).
 */
export function LiveTable<Row extends object>({
  label,
  rows,
  columns,
  keyOf,
  isOver = () => false,
  chosen,
  onChoose,
  empty,
}: LiveTableProps<Row>) {
  const [sorting, setSorting] = useState<{ by: keyof Row; descending: boolean }>()
  const sorted = useMemo(() => {
    const by = sorting?.by ?? columns[0]?.id
    const factor = sorting?.descending ? -1 : 1
    const value = (row: Row) => (by === undefined ? '' : (row[by] ?? -1))
    return [...rows].sort(
      (a, b) =>
        Number(isOver(a)) - Number(isOver(b)) || factor * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0),
    )
  }, [rows, sorting, columns, isOver])
  const direction = (id: keyof Row) =>
    (sorting?.by ?? columns[0]?.id) === id ? (sorting?.descending ? 'descending' : 'ascending') : undefined
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="live-table" aria-label={label} tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ id, header, width }, index) => (
              <th
                key={id}
                scope="col"
                aria-sort={direction(id) ?? 'none'}
                style={index === 0 ? { minWidth: width } : { width }}
              >
                <button type="button" onClick={() => setSorting({ by: id, descending: direction(id) === 'ascending' })}>
                  {header}
                  <span aria-hidden="true">
                    {direction(id) === 'ascending' ? '▲' : direction(id) === 'descending' ? '▼' : ''}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map(row => (
            <LiveRow
              key={keyOf(row)}
              row={row}
              columns={columns as readonly LiveColumn<never>[]}
              chosen={keyOf(row) === chosen}
              id={keyOf(row)}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="note">{empty}</p>}
    </section>
  )
}

interface LiveRowProps {
  id: string
  row: object
  columns: readonly LiveColumn<never>[]
  chosen: boolean
  onChoose: (key: string) => void
}

const LiveRow = memo(
  function LiveRow({ id, row, columns, chosen, onChoose }: LiveRowProps) {
    return (
      <tr
        aria-current={chosen ? 'true' : undefined}
        onClick={event => event.target instanceof HTMLAnchorElement || onChoose(id)}
      >
        {columns.map((column, index) =>
          index === 0 ? (
            <th key={column.id} scope="row">
              {column.cell(row as never)}
            </th>
          ) : (
            <td key={column.id}>{column.cell(row as never)}</td>
          ),
        )}
      </tr>
    )
  },
  (before, after) =>
    before.chosen === after.chosen &&
    before.columns === after.columns &&
    before.onChoose === after.onChoose &&
    isSame(before.row, after.row),
)

/** Whether two rows say the same, member by member; lists are short, and compared by what is in them. */
const isSame = (a: object, b: object): boolean =>
  Object.entries(a).every(([name, value]) => {
    const other = b[name as keyof typeof b] as unknown
    return Array.isArray(value) && Array.isArray(other) ? value.join() === other.join() : Object.is(value, other)
  })
