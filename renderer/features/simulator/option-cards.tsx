import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { RateProfile } from '../../../shared/features/simulator.ts'
import { useEventWords } from '../../live/use-pipeline.ts'
import { Status } from '../../ui/status.tsx'
import { MixForm, type MixText } from './mix-form.tsx'
import { PROFILES, type ProfileText, parseProfile } from './profile.ts'
import { ProfileCurve } from './profile-curve.tsx'

interface RateCardProps {
  profile: ProfileText
  onChange: (profile: ProfileText) => void
  isActive: boolean
}

/** How many records a second. */
export function RateCard({ profile, onChange, isActive }: RateCardProps) {
  const parsed = parseProfile(profile)
  return (
    <section className="card">
      <div className="card-head">
        <h2>Rate</h2>
        <span className="note">
          {isActive ? 'changes apply to the running simulator immediately' : 'applies to the next run'}
        </span>
      </div>
      <SpaceBetween size="s">
        <FormField label="Profile">
          <Select
            selectedOption={PROFILES.find(entry => entry.value === profile.kind) ?? null}
            options={PROFILES}
            onChange={({ detail }) =>
              onChange({ ...profile, kind: detail.selectedOption.value as RateProfile['kind'] })
            }
          />
        </FormField>
        <ProfileCurve text={profile} onChange={onChange} />
        {!parsed.ok && <Status type="error">{parsed.problem}</Status>}
      </SpaceBetween>
    </section>
  )
}

/** The number of events of a run as typed: undefined until it is stopped. */
export function parseEvents(text: string): { ok: true; value: number | undefined } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined }
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? { ok: true, value } : { ok: false }
}

interface MixCardProps {
  mix: MixText
  onMix: (mix: MixText) => void
  events: string
  onEvents: (text: string) => void
}

/** Which events, and how many, the next run sends. */
export function MixCard({ mix, onMix, events, onEvents }: MixCardProps) {
  const { plural } = useEventWords()
  return (
    <section className="card">
      <div className="card-head">
        <h2>Events</h2>
        <span className="note">applies to the next run</span>
      </div>
      <SpaceBetween size="s">
        <MixForm mix={mix} onChange={onMix} />
        <FormField
          label={`Number of ${plural}`}
          description="Leave empty to send until it is stopped"
          errorText={parseEvents(events).ok ? '' : 'Enter a whole number above 0, or leave it empty'}
        >
          <Input value={events} inputMode="numeric" onChange={({ detail }) => onEvents(detail.value)} />
        </FormField>
      </SpaceBetween>
    </section>
  )
}
