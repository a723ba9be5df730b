import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import { useMemo, useState } from 'react'
import type { QueryResult } from '../../../shared/features/warehouse.ts'
import type { Chart } from '../../../shared/pipelines/dashboard-spec.ts'
import { count } from '../../ui/format.ts'
import { FactChart } from './fact-chart.tsx'

const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'])
const TIMES = new Set(['timestamp', 'timestamptz', 'date'])
const KINDS: { value: Chart['kind']; label: string }[] = [
  { value: 'bar', label: 'Bars' },
  { value: 'line', label: 'Line over time' },
  { value: 'share', label: 'Shares' },
  { value: 'scatter', label: 'Points' },
]
/** More bars or points than this cannot be distinguished. */
const MOST = 2_000

/** Rows of any query as a chart: one column of categories, one of values. */
export function ResultChart({ result }: { result: QueryResult }) {
  const columns = useMemo(
    () => result.columns.map((column, index) => ({ ...column, value: String(index), label: column.name })),
    [result],
  )
  const numbers = columns.filter(column => NUMBERS.has(column.type))
  const firstText = columns.find(column => !NUMBERS.has(column.type)) ?? columns[0]
  const [category, setCategory] = useState(firstText?.value ?? '0')
  const [value, setValue] = useState(numbers.find(column => column.value !== category)?.value ?? '')
  const type = columns[Number(category)]?.type ?? ''
  const isTime = TIMES.has(type)
  const [kind, setKind] = useState<Chart['kind']>(isTime ? 'line' : NUMBERS.has(type) ? 'scatter' : 'bar')
  const drawn = useMemo(() => drawnOf(result, Number(category), Number(value), kind), [result, category, value, kind])
  if (numbers.length === 0) return <p className="note">A chart needs a column of numbers, and this result has none.</p>
  return (
    <>
      <div className="chart-choices">
        <FormField label="Values">
          <Select
            selectedOption={numbers.find(column => column.value === value) ?? null}
            options={numbers}
            onChange={({ detail }) => setValue(detail.selectedOption.value ?? '')}
          />
        </FormField>
        <FormField label="By">
          <Select
            selectedOption={columns.find(column => column.value === category) ?? null}
            options={columns}
            onChange={({ detail }) => setCategory(detail.selectedOption.value ?? '')}
          />
        </FormField>
        <FormField label="As">
          <Select
            selectedOption={KINDS.find(entry => entry.value === kind) ?? null}
            options={KINDS.filter(entry => entry.value !== 'line' || isTime)}
            onChange={({ detail }) => setKind(detail.selectedOption.value as Chart['kind'])}
          />
        </FormField>
      </div>
      <FactChart {...drawn} />
      {result.rows.length > MOST && (
        <p className="note">
          The first {count(MOST)} of {count(result.rows.length)} rows are drawn.
        </p>
      )}
    </>
  )
}

/** The first rows of a result as a chart of two of its columns, which name its axes. */
function drawnOf(result: QueryResult, category: number, value: number, kind: Chart['kind']) {
  const columns = [category, value].map(place => result.columns[place]?.name ?? '')
  const chart: Chart = {
    id: 'result',
    title: `${columns[1]} by ${columns[0]}`,
    description: '',
    kind,
    unit: '',
    sql: '',
  }
  return { chart, columns, rows: result.rows.slice(0, MOST).map(row => [row[category] ?? null, row[value] ?? null]) }
}
