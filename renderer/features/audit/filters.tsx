import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import type { AuditFilter, AuditOutcome } from '../../../shared/features/audit.ts'
import type { StatusType } from '../../ui/status.tsx'
import './audit.css'

export const OUTCOMES: Record<AuditOutcome, { type: StatusType; words: string }> = {
  ok: { type: 'success', words: 'done' },
  failed: { type: 'error', words: 'failed' },
  refused: { type: 'stopped', words: 'refused' },
  running: { type: 'in-progress', words: 'under way' },
  unknown: { type: 'warning', words: 'not known' },
}

interface FiltersProps {
  filter: AuditFilter
  targets: readonly string[]
  actions: readonly string[]
  onChange: (change: Record<string, string | undefined>) => void
}

/** By target, by action or service, and by outcome. */
export function Filters({ filter, targets, actions, onChange }: FiltersProps) {
  return (
    <div className="audit-filters">
      <Filter
        label="Target"
        value={filter.target}
        options={targets.map(value => ({ value, label: value }))}
        onChange={of => onChange({ of })}
      />
      <Filter
        label="Action or service"
        value={filter.action}
        options={actions.map(value => ({ value, label: value }))}
        onChange={action => onChange({ action })}
      />
      <Filter
        label="Outcome"
        value={filter.outcome}
        options={Object.entries(OUTCOMES).map(([value, { words }]) => ({ value, label: words }))}
        onChange={outcome => onChange({ outcome })}
      />
    </div>
  )
}

interface FilterProps {
  label: string
  value: string | undefined
  options: readonly { value: string; label: string }[]
  onChange: (value: string | undefined) => void
}

const ALL = { value: '', label: 'all' }

function Filter({ label, value, options, onChange }: FilterProps) {
  const chosen = options.find(option => option.value === value) ?? (value === undefined ? ALL : { value, label: value })
  return (
    <FormField label={label}>
      <Select
        selectedOption={chosen}
        options={[ALL, ...options]}
        onChange={({ detail }) => onChange(detail.selectedOption.value || undefined)}
      />
    </FormField>
  )
}
