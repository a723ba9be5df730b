import { memo, type ReactNode, useMemo, useRef, useState } from 'react'
import { count } from '../format.ts'
import { isSameRow, lastOf, orderOf, type SortValue } from './rows.ts'
import { useScrolls } from './use-scrolls.ts'

export interface Column<Row> {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** What its heading sorts by; null and undefined are the least. Without it the column cannot be sorted by. */
  sortBy?: (row: Row) => SortValue
  /** `end` for numbers. */
  align?: 'start' | 'end'
  /** CSS pixels; without it as wide as what it holds. */
  width?: number
  /** Where its cells may break: `never`, or `anywhere`, for long texts without spaces. Between words without it. */
  wrap?: 'never' | 'anywhere'
  /** Its cell names the row; the first column's if none says so. */
  namesRow?: boolean
}

interface Sorting {
  by: string
  descending: boolean
}

interface TableProps<Row> {
  label: string
  rows: readonly Row[]
  /** Rows that did not change are drawn again when these are others. */
  columns: readonly Column<Row>[]
  keyOf: (row: Row, place: number) => string
  /** What is said while there are no rows. */
  empty: string
  /** Until a heading is pressed the rows are in this order, or in the given one. */
  sorted?: Sorting
  /** Stays below all others, however they are sorted. */
  isLast?: (row: Row) => boolean
  /** The row that is chosen; a press on a row chooses it, and its own link or button does it by the keys. */
  chosen?: string | undefined
  onChoose?: (key: string) => void
  /** CSS pixels; what is higher scrolls below the headings. */
  maxHeight?: number
  /** Rows that are made into elements at most. */
  most?: number
  /** A short list: its headings are for those who do not see it. */
  variant?: 'table' | 'list'
}

/** Rows and columns: the only table of the page but for the rows of a statement, which `Grid` shows. */
export function Table<Row extends object>(props: TableProps<Row>) {
  const { label, rows, columns, empty, chosen, onChoose, maxHeight, most = 1_000, variant = 'table' } = props
  const { entries, sorting, sort } = useSorted(props)
  const box = useRef<HTMLDivElement>(null)
  const scrolls = useScrolls(box)
  const namesRow = columns.find(column => column.namesRow)?.id ?? columns[0]?.id
  return (
    <div
      ref={box}
      className="table-box"
      {...(scrolls && { role: 'region', 'aria-label': label, tabIndex: 0 })}
      style={{ maxHeight }}
    >
      <table className="table" aria-label={label} data-variant={variant} data-choosable={onChoose !== undefined}>
        <thead className={variant === 'list' ? 'visually-hidden' : undefined}>
          <tr>
            {columns.map(column => (
              <Heading key={column.id} column={column} sorting={sorting} onSort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.slice(0, most).map(({ key, row }) => (
            <TableRow
              key={key}
              id={key}
              row={row}
              columns={columns as readonly Column<never>[]}
              namesRow={namesRow}
              chosen={key === chosen}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="note table-note">{empty}</p>}
      {rows.length > most && (
        <p className="note table-note">
          {count(most)} of {count(rows.length)} rows are shown.
        </p>
      )}
    </div>
  )
}

/** The rows with their keys, in the order of the heading that was pressed last. */
function useSorted<Row>({ rows, columns, keyOf, isLast, sorted }: TableProps<Row>) {
  const [sorting, setSorting] = useState(sorted)
  const entries = useMemo(() => {
    const keyed = rows.map((row, place) => ({ row, key: keyOf(row, place) }))
    const sortBy = columns.find(column => column.id === sorting?.by)?.sortBy
    return keyed.sort(
      (a, b) => lastOf(a.row, b.row, isLast) || (sortBy ? orderOf(sortBy(a.row), sortBy(b.row), sorting) : 0),
    )
  }, [rows, columns, keyOf, isLast, sorting])
  const sort = (by: string) => setSorting({ by, descending: sorting?.by === by && !sorting.descending })
  return { entries, sorting, sort }
}

interface HeadingProps<Row> {
  column: Column<Row>
  sorting: Sorting | undefined
  onSort: (by: string) => void
}

function Heading<Row>({ column: { id, header, width, align, sortBy }, sorting, onSort }: HeadingProps<Row>) {
  const direction = sorting?.by !== id ? 'none' : sorting.descending ? 'descending' : 'ascending'
  return (
    <th scope="col" data-align={align} style={{ width }} {...(sortBy && { 'aria-sort': direction })}>
      {sortBy ? (
        <button type="button" onClick={() => onSort(id)}>
          {header}
          <span aria-hidden="true">{direction === 'none' ? '' : direction === 'ascending' ? '▲' : '▼'}</span>
        </button>
      ) : (
        header
      )}
    </th>
  )
}

interface TableRowProps {
  id: string
  row: object
  columns: readonly Column<never>[]
  namesRow: string | undefined
  chosen: boolean
  onChoose: ((key: string) => void) | undefined
}

/** Drawn again only when its own values changed: some tables get new numbers every second. */
const TableRow = memo(
  function TableRow({ id, row, columns, namesRow, chosen, onChoose }: TableRowProps) {
    return (
      <tr
        aria-current={chosen ? 'true' : undefined}
        onClick={onChoose && (event => isControl(event.target) || onChoose(id))}
      >
        {columns.map(column =>
          column.id === namesRow ? (
            <th key={column.id} scope="row" data-align={column.align} data-wrap={column.wrap}>
              {column.cell(row as never)}
            </th>
          ) : (
            <td key={column.id} data-align={column.align} data-wrap={column.wrap}>
              {column.cell(row as never)}
            </td>
          ),
        )}
      </tr>
    )
  },
  (before, after) =>
    before.chosen === after.chosen &&
    before.columns === after.columns &&
    before.onChoose === after.onChoose &&
    isSameRow(before.row, after.row),
)

/** A link or button of the row does what it says, and nothing else. */
const isControl = (target: EventTarget): boolean =>
  target instanceof Element && target.closest('a, button, input') !== null
