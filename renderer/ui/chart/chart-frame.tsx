import { type ReactNode, useState } from 'react'
import { count } from '../format.ts'
import { csvOf, saveFile } from '../table/export.ts'
import { copyImage } from './copy-image.ts'

interface ChartFrameProps {
  label: string
  source: string
  asTable: boolean
  onTable: (asTable: boolean) => void
  /** The numbers behind it. */
  rows: () => { columns: string[]; rows: (string | number | boolean | null)[][] }
  /** Of the numbers in the table. */
  format?: (value: number) => string
  /** The picture of it; undefined while there is none. */
  image: () => HTMLCanvasElement | undefined
  children: ReactNode
}

/** Rows of the table that are made into elements; the file has all. */
const SHOWN = 300

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
  const [told, setTold] = useState('')
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
            {told}
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
            onClick={async () => setTold(await copyImage(label, image()))}
          >
            image
          </button>
        </span>
      </figcaption>
      {children}
      {asTable && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section className="chart-table" tabIndex={0} aria-label={`${label}, as a table`}>
          <table className="ledger">
            <thead>
              <tr>
                {columns.map(column => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {all.slice(0, SHOWN).map(row => (
                <tr key={String(row[0])}>
                  {row.map((value, index) => (
                    <td key={columns[index]}>
                      {value === null ? 'not known' : typeof value === 'number' ? format(value) : String(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {all.length > SHOWN && (
            <p className="note">
              {count(SHOWN)} of {count(all.length)} rows; the CSV file has all
            </p>
          )}
        </section>
      )}
    </figure>
  )
}
