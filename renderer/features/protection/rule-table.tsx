import Button from '@cloudscape-design/components/button'
import { useMemo } from 'react'
import { conditionText, type ProtectionRule } from '../../../shared/features/protection.ts'
import { useHidden } from '../../live/targets.ts'
import { type Column, Table } from '../../ui/table/table.tsx'

interface Row {
  place: number
  rule: ProtectionRule
}
interface RuleTableProps {
  rules: readonly ProtectionRule[]
  file: string
  loading: boolean
  onChange: (rules: readonly ProtectionRule[]) => void
}

/** The rules in their order: the first that fits counts. */
export function RuleTable({ rules, file, loading, onChange }: RuleTableProps) {
  const hidden = useHidden()
  const rows = useMemo(() => rules.map((rule, place) => ({ place, rule })), [rules])
  const columns = useMemo(() => columnsOf(rules, hidden, onChange), [rules, hidden, onChange])
  return (
    <section className="card">
      <div className="card-head">
        <h2>Rules</h2>
        <span className="note">The first that fits counts. They stand in {file}, which can be edited by hand.</span>
      </div>
      <Table
        label="Rules"
        rows={rows}
        columns={columns}
        keyOf={({ place }) => String(place)}
        empty={loading ? 'Reading the rules.' : 'No rules yet: every AWS account is one of production. Add a rule.'}
      />
    </section>
  )
}

const columnsOf = (
  rules: readonly ProtectionRule[],
  hidden: (text: string) => string,
  onChange: (rules: readonly ProtectionRule[]) => void,
): readonly Column<Row>[] => [
  { id: 'place', header: 'Rule', width: 60, align: 'end', cell: ({ place }) => place + 1 },
  {
    id: 'class',
    header: 'Class',
    width: 210,
    cell: ({ rule }) => `${rule.class}${rule.neverUnlock ? ', never unlocked' : ''}`,
  },
  { id: 'for', header: 'For', wrap: 'anywhere', cell: ({ rule }) => hidden(conditionText(rule)) },
  { id: 'note', header: 'Note', cell: ({ rule }) => rule.note ?? '' },
  {
    id: 'actions',
    header: 'Change',
    width: 180,
    cell: ({ place, rule }) => (
      <span className="cell-actions">
        <Button
          variant="inline-link"
          ariaLabel={`Move rule ${place + 1} up`}
          disabled={place === 0}
          onClick={() => onChange(rules.toSpliced(place, 1).toSpliced(place - 1, 0, rule))}
        >
          Up
        </Button>
        <Button
          variant="inline-link"
          ariaLabel={`Remove rule ${place + 1}`}
          onClick={() => onChange(rules.toSpliced(place, 1))}
        >
          Remove
        </Button>
      </span>
    ),
  },
]
