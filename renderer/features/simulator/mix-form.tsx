import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { EventMix } from '../../../shared/features/simulator.ts'

/** The mix as typed. Shares are per cent of the events. */
export interface MixText {
  seed: string
  duplicates: string
  invalid: string
  late: string
}

export function parseMix(text: MixText): { ok: true; value: EventMix } | { ok: false } {
  const parsed = EventMix.safeParse({
    seed: Number(text.seed || Number.NaN),
    duplicatesPercent: Number(text.duplicates || Number.NaN),
    invalidPercent: Number(text.invalid || Number.NaN),
    latePercent: Number(text.late || Number.NaN),
  })
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false }
}

const FIELDS: { key: keyof MixText; label: string; rule: string; max: number }[] = [
  { key: 'seed', label: 'Seed', rule: 'A whole number from 0', max: 0xffff_ffff },
  { key: 'duplicates', label: 'Duplicates, %', rule: '0 to 50', max: 50 },
  { key: 'invalid', label: 'Invalid, %', rule: '0 to 50', max: 50 },
  { key: 'late', label: 'Late, %', rule: '0 to 50', max: 50 },
]

export function MixForm({ mix, onChange }: { mix: MixText; onChange: (mix: MixText) => void }) {
  return (
    <div className="columns-2">
      {FIELDS.map(({ key, label, rule, max }) => {
        const value = Number(mix[key] || Number.NaN)
        const wrong = !(value >= 0 && value <= max) || (key === 'seed' && !Number.isInteger(value))
        return (
          <FormField key={key} label={label} errorText={wrong ? rule : ''}>
            <Input
              value={mix[key]}
              inputMode="decimal"
              onChange={({ detail }) => onChange({ ...mix, [key]: detail.value })}
            />
          </FormField>
        )
      })}
    </div>
  )
}
