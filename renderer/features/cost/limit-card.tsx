import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { SwitchState } from '../../../shared/features/cost.ts'
import { Limit, limitWords, type SetLimit } from '../../../shared/limit.ts'
import { absolute } from '../../ui/format.ts'
import { useWork } from '../../work/use-work.ts'
import { WorkSteps } from '../../work/work-steps.tsx'
import './limit-card.css'

/** After what EventBridge Scheduler stops the cluster, as it is and as it is set. */
export function LimitCard({ state, onChanged }: { state: SwitchState | undefined; onChanged: () => void }) {
  const work = useWork()
  const [hours, setHours] = useState('')
  const [usd, setUsd] = useState('')
  const [unattended, setUnattended] = useState('')
  const limit = limitOf(hours, usd, unattended)
  const set = async (wanted: SetLimit | null) => {
    await work.run(wanted ? 'Set the limit' : 'Take the limit off', (services, scope, signal) =>
      services.provision.limit({ ...scope, limit: wanted }, signal),
    )
    onChanged()
  }
  const isWorking = work.state === 'running'
  return (
    <section className="card" aria-label="Limit">
      <h2>Limit</h2>
      <p>{state ? sentence(state) : 'Reading what stops the cluster.'}</p>
      <div className="limit-form">
        <NumberField label="Hours from now" value={hours} onChange={setHours} />
        <NumberField label="USD of this cluster" value={usd} onChange={setUsd} />
        <NumberField label="Hours without a console" value={unattended} onChange={setUnattended} />
        <div className="card-actions">
          <Button
            variant="primary"
            disabled={limit === undefined}
            loading={isWorking}
            onClick={() => limit && void set({ limit, setAt: new Date().toISOString() })}
          >
            Set the limit
          </Button>
          <Button disabled={!state || state.limit === null || isWorking} onClick={() => void set(null)}>
            Take it off
          </Button>
        </div>
      </div>
      <p className="note">
        Whichever comes first. Two schedules of EventBridge Scheduler lift the protection of the cluster and terminate
        it, whether a console runs or not. Its checkpoint stays in S3, and so do stream and tables, which cost on.
      </p>
      <WorkSteps work={work} cancel={work.cancel} folds />
    </section>
  )
}

function NumberField(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <FormField label={props.label}>
      <Input
        inputMode="decimal"
        invalid={props.value.trim() !== '' && numberOf(props.value) === undefined}
        placeholder="none"
        value={props.value}
        onChange={({ detail }) => props.onChange(detail.value)}
      />
    </FormField>
  )
}

function sentence({ state, limit, stopAt, clusterId, notMoved }: SwitchState): string {
  if (limit === null) return 'Nothing stops the cluster: it runs, and costs, until somebody terminates it.'
  const words = limitWords(limit)
  if (state === 'waiting' || stopAt === null) return `${words}. The next apply makes it with the cluster.`
  const moved = notMoved === null ? '' : ` This console does not move it on: ${notMoved}.`
  return `${words}. EventBridge Scheduler stops ${clusterId} at ${absolute(Date.parse(stopAt))}.${moved}`
}

function numberOf(text: string): number | undefined {
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : undefined
}

/** What is typed, as a limit; undefined while it is none. */
function limitOf(hours: string, usd: string, unattended: string): Limit | undefined {
  const typed = Object.entries({ hours, usd, unattendedHours: unattended }).filter(([, text]) => text.trim() !== '')
  const read = Limit.safeParse(Object.fromEntries(typed.map(([name, text]) => [name, numberOf(text)])))
  return read.success && typed.every(([, text]) => numberOf(text) !== undefined) ? read.data : undefined
}
