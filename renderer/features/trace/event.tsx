import './event.css'
import Button from '@cloudscape-design/components/button'
import { type FormEvent, useEffect, useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { capital, useEventWords } from '../../live/use-pipeline.ts'
import { goTo, linkTo, useRoute } from '../../route/route.ts'
import { Problem } from '../../ui/problem.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { EventTrace } from './event-trace.tsx'

const readRecent = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.trace.recent(scope, signal)

/** From the key of an event: its record, its partition and offset, its batch and its row, and when each was. */
export default function TracedEvent() {
  const { query } = useRoute()
  const { noun } = useEventWords()
  const key = query.get('key') ?? ''
  const [typed, setTyped] = useState(key)
  useEffect(() => setTyped(key), [key])
  const find = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() !== '') goTo('event', { key: typed.trim() })
  }
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Trace</h1>
          <p>One {noun} from the simulator to its row: every step with its time and its source.</p>
        </div>
      </div>
      <form className="card event-find" onSubmit={find}>
        <SearchField label={`${capital(noun)} key`} value={typed} onChange={setTyped} />
        <Button variant="primary" disabled={typed.trim() === ''}>
          Find
        </Button>
      </form>
      {key === '' ? <Recent /> : <EventTrace eventKey={key} />}
    </div>
  )
}

function Recent() {
  const recent = useCall(readRecent)
  const { plural } = useEventWords()
  if (recent.state === 'failed') return <Problem error={recent.error} retry={recent.reload} />
  return (
    <section className="card">
      <h2>Loaded most recently</h2>
      {recent.value?.length === 0 && <p className="note">The job has loaded no {plural} yet.</p>}
      <ul className="plain">
        {(recent.value ?? []).map(key => (
          <li key={key}>
            <a href={linkTo('event', { key })}>
              <code>{key}</code>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
