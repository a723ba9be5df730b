import CollectionPreferences from '@cloudscape-design/components/collection-preferences'
import type { Column } from './table.tsx'

interface ColumnChoiceProps<Row> {
  /** Names the dialog and the button that opens it: `Columns of the shards`. */
  title: string
  columns: readonly Column<Row>[]
  /** Ids of the columns that are shown. */
  shown: readonly string[]
  onChange: (shown: readonly string[]) => void
}

/** Chooses the columns of a table; its first one always stays. */
export function ColumnChoice<Row>({ title, columns, shown, onChange }: ColumnChoiceProps<Row>) {
  return (
    <CollectionPreferences
      title={title}
      confirmLabel="Confirm"
      cancelLabel="Cancel"
      closeAriaLabel="Close"
      preferences={{ visibleContent: shown }}
      visibleContentPreference={{
        title: 'Columns',
        options: [
          {
            label: 'Visible columns',
            options: columns.map(({ id, header }, place) => ({ id, label: header, editable: place !== 0 })),
          },
        ],
      }}
      onConfirm={({ detail }) => onChange(detail.visibleContent ?? [])}
    />
  )
}
