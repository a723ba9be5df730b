import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { csvOf, saveFile, tsvOf } from './export.ts'

interface ExportButtonsProps {
  /** What the rows are: names the file. */
  name: string
  table: () => { columns: string[]; rows: (string | number | boolean | null)[][] }
}

/** A table to the clipboard, or to a file. */
export function ExportButtons({ name, table }: ExportButtonsProps) {
  const [told, setTold] = useState('')
  const copy = () => {
    const { columns, rows } = table()
    navigator.clipboard.writeText(tsvOf(columns, rows)).then(
      () => setTold(`${rows.length} rows copied`),
      () => setTold('the clipboard is not open to this page; save the CSV file instead'),
    )
  }
  const save = () => {
    const { columns, rows } = table()
    saveFile(`${name}.csv`, csvOf(columns, rows))
  }
  return (
    <span className="export">
      <span className="note" role="status">
        {told}
      </span>
      <Button iconName="copy" ariaLabel={`Copy ${name}`} onClick={copy}>
        Copy
      </Button>
      <Button iconName="download" ariaLabel={`Save ${name} as CSV`} onClick={save}>
        CSV
      </Button>
    </span>
  )
}
