import {
  AllCommunityModule,
  type ColDef,
  ModuleRegistry,
  provideGlobalGridOptions,
  themeQuartz,
  type ValueFormatterParams,
} from 'ag-grid-community'
import { AgGridReact } from 'ag-grid-react'
import { useMemo } from 'react'
import { useColours } from '../theme/theme.ts'

ModuleRegistry.registerModules([AllCommunityModule])
provideGlobalGridOptions({
  styleNonce: document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '',
})

export interface GridColumn {
  name: string
  /** Redshift's type name. */
  type: string
}
export type GridCell = null | string | number | boolean

const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'])

interface GridProps {
  label: string
  columns: GridColumn[]
  rows: GridCell[][]
  height: number
}

/** Rows of a query: sorted, filtered and copied here, whatever their number. */
export function Grid({ label, columns, rows, height }: GridProps) {
  const colours = useColours()
  const theme = useMemo(
    () =>
      themeQuartz.withParams({
        backgroundColor: colours.surface,
        foregroundColor: colours.text,
        headerTextColor: colours.quiet,
        borderColor: colours.line,
        accentColor: colours.accent,
        headerBackgroundColor: colours.background,
        fontFamily: 'inherit',
        fontSize: 13,
        rowHeight: 30,
        headerHeight: 32,
        spacing: 5,
        wrapperBorderRadius: 8,
      }),
    [colours],
  )
  const definitions = useMemo(
    () =>
      columns.map((column, index): ColDef<GridCell[]> => {
        const isNumber = NUMBERS.has(column.type)
        return {
          colId: `${index}`,
          headerName: column.name,
          headerTooltip: column.type,
          valueGetter: ({ data }) =>
            isNumber && typeof data?.[index] === 'string' ? Number(data[index]) : data?.[index],
          // The text as the warehouse gave it: a decimal keeps its digits.
          valueFormatter: ({ data }: ValueFormatterParams<GridCell[]>) =>
            data?.[index] === null ? 'null' : String(data?.[index]),
          cellStyle: ({ value }) => (value === null ? { color: colours.quiet, fontStyle: 'italic' } : null),
          filter: isNumber ? 'agNumberColumnFilter' : 'agTextColumnFilter',
          ...(isNumber && { type: 'rightAligned' }),
        }
      }),
    [columns, colours],
  )
  return (
    <section aria-label={label} style={{ height }}>
      <AgGridReact<GridCell[]>
        theme={theme}
        columnDefs={definitions}
        rowData={rows}
        defaultColDef={{ sortable: true, resizable: true, minWidth: 80, suppressHeaderMenuButton: true }}
        autoSizeStrategy={{ type: 'fitCellContents' }}
        animateRows={false}
        suppressCellFocus={false}
        enableCellTextSelection
      />
    </section>
  )
}
