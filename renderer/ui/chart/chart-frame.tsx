import { type ReactNode, useState } from 'react'
import { count } from '../format.ts'
import { csvOf, saveFile, type Value } from '../table/export.ts'
import { ValueTable } from '../table/value-table.tsx'
import { copyImage } from './copy-image.ts'

interface ChartFrameProps {
  label: string
  source: string
  asTable: boolean
  onTable: (asTable: boolean) => void
  /** The numbers behind it. */
  rows: () => { columns: string[]; rows: Value[][] }
  /** Of the numbers in the table. */
  format?: (value: number) => string
  /** The picture of it; undefined while there is none. */
  image: () => HTMLCanvasElement | undefined
  children: ReactNode
}

/** A row of a chart begins with its time. */
const timeOf = (row: readonly Value[]): string => String(row[0])

/** A chart with its title, where its numbers come from, and the other ways to have them. */
export function ChartFrame({
  label,
  source,
  asTable,
  onTable,
  rows,
  format = count,
  image,
  children,
}: ChartFrameProps) {
  const [message, setMessage] = useState('')
  const { columns, rows: all } = asTable ? rows() : { columns: [], rows: [] }
  return (
    <figure className="chart">
      <figcaption>
        <span className="chart-label">{label}</span>
        <span className="note chart-source" title={source}>
          {source}
        </span>
        <span className="chart-tools">
          <span className="note" role="status">
            {message}
          </span>
          <button type="button" aria-pressed={asTable} aria-label={`${label}: table`} onClick={() => onTable(!asTable)}>
            table
          </button>
          <button
            type="button"
            aria-label={`${label}: CSV`}
            onClick={() => saveFile(`${label}.csv`, csvOf(rows().columns, rows().rows))}
          >
            CSV
          </button>
          <button
            type="button"
            aria-label={`${label}: copy the image`}
            onClick={async () => setMessage(await copyImage(label, image()))}
          >
            image
          </button>
        </span>
      </figcaption>
      {children}
      {asTable && (
        <ValueTable
          label={`${label}, as a table`}
          columns={columns}
          rows={all}
          keyOf={timeOf}
          format={format}
          none="not known"
        />
      )}
    </figure>
  )
}
