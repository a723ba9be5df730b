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
  const [message, setMessage] = useState('')
  const copy = () => {
    const { columns, rows } = table()
    navigator.clipboard.writeText(tsvOf(columns, rows)).then(
      () => setMessage(`${rows.length} rows copied`),
      () => setMessage('The clipboard is not available to this page. Save the CSV file instead'),
    )
  }
  const save = () => {
    const { columns, rows } = table()
    saveFile(`${name}.csv`, csvOf(columns, rows))
  }
  return (
    <span className="export">
      <span className="note" role="status">
        {message}
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
