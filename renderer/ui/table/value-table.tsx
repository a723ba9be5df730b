import { useMemo } from 'react'
import type { Value } from './export.ts'
import { type Column, Table } from './table.tsx'

interface ValueTableProps {
  label: string
  columns: readonly string[]
  rows: readonly (readonly Value[])[]
  keyOf: (row: readonly Value[], place: number) => string
  /** Of numbers; as they are without it. */
  format?: (value: number) => string
  /** What stands where there is no value. */
  none: string
}

const MAX_HEIGHT = 240
/** Rows that are made into elements; the file has all. */
const MOST = 300

/** The numbers behind a chart, each sorted by its heading. The first column names the row. */
export function ValueTable({ label, columns, rows, keyOf, format = String, none }: ValueTableProps) {
  // A live chart gives other columns of the same names every second.
  const names = JSON.stringify(columns)
  const shown = useMemo(
    () =>
      (JSON.parse(names) as string[]).map(
        (header, place): Column<readonly Value[]> => ({
          id: String(place),
          header,
          align: place === 0 ? 'start' : 'end',
          sortBy: row => sortable(row[place] ?? null),
          cell: row => textOf(row[place] ?? null, format, none),
        }),
      ),
    [names, format, none],
  )
  return (
    <Table
      label={label}
      rows={rows}
      columns={shown}
      keyOf={keyOf}
      empty="No values."
      maxHeight={MAX_HEIGHT}
      most={MOST}
    />
  )
}

/** A decimal of the warehouse is a text that keeps its digits: it is sorted as the number that it is. */
const DECIMAL = /^-?\d+(\.\d+)?$/

function sortable(value: Value): string | number | null {
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
}

function textOf(value: Value, format: (value: number) => string, none: string): string {
  if (value === null) return none
  return typeof value === 'number' ? format(value) : String(value)
}
