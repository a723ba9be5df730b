import './event.css'
import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import { useCallback, useEffect, useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { Trace } from '../../../shared/features/trace.ts'
import type { Result } from '../../../shared/rpc/contract.ts'
import { useCall } from '../../live/use-call.ts'
import { capital, useEventWords } from '../../live/use-pipeline.ts'
import { goTo, linkTo, useRoute } from '../../route/route.ts'
import { absolute, duration, exact } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'

const readRecent = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.trace.recent(scope, signal)

/** From the key of an event: its event, its shard and sequence number, its batch and its row, and when each was. */
export default function TracedEvent() {
  const { query } = useRoute()
  const { noun } = useEventWords()
  const key = query.get('key') ?? ''
  const [typed, setTyped] = useState(key)
  useEffect(() => setTyped(key), [key])
  const find = () => typed.trim() && goTo('event', { key: typed.trim() })
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>One {noun}</h1>
          <p>Its life from the event to the row, on one clock.</p>
        </div>
      </div>
      <section className="card event-find">
        <Input
          type="search"
          ariaLabel={`${capital(noun)} key`}
          placeholder={`${capital(noun)} key`}
          value={typed}
          onChange={({ detail }) => setTyped(detail.value)}
          onKeyDown={({ detail }) => detail.key === 'Enter' && find()}
        />
        <Button variant="primary" disabled={typed.trim() === ''} onClick={find}>
          Find
        </Button>
      </section>
      {key === '' ? <Recent /> : <Life eventKey={key} />}
    </div>
  )
}

function Recent() {
  const recent = useCall(readRecent)
  const { plural } = useEventWords()
  if (recent.state === 'failed') return <Problem error={recent.error} retry={recent.reload} />
  return (
    <section className="card">
      <h2>Loaded last</h2>
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

function Life({ eventKey }: { eventKey: string }) {
  const trace = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal): Promise<Result<Trace>> =>
        services.trace.find({ ...scope, key: eventKey }, signal),
      [eventKey],
    ),
  )
  if (trace.state === 'failed') return <Problem error={trace.error} retry={trace.reload} />
  if (!trace.value) return <section className="card note">Looking for it.</section>
  const { row, record, batch, missing } = trace.value
  return (
    <>
      <Moments trace={trace.value} />
      {missing.length > 0 && (
        <section className="card">
          <h2>Not known</h2>
          <ul className="note">
            {missing.map(words => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </section>
      )}
      <div className="columns-2">
        {record && (
          <section className="card">
            <h2>Record</h2>
            <dl className="facts">
              <dt>Shard</dt>
              <dd>
                <a href={linkTo('stream', { shard: record.shardId })}>{record.shardId}</a>
              </dd>
              <dt>Sequence number</dt>
              <dd>
                <code>{record.sequenceNumber}</code>
              </dd>
              <dt>Partition key</dt>
              <dd>
                <code>{record.partitionKey}</code>
              </dd>
              {batch && (
                <>
                  <dt>Batch</dt>
                  <dd>
                    {batch.id} on {batch.engine === 'spark' ? 'Spark' : 'the embedded engine'}, with {batch.rows} rows,
                    in {duration(batch.durationMs)}
                  </dd>
                </>
              )}
            </dl>
            <pre className="log">{pretty(record.data)}</pre>
          </section>
        )}
        {row && (
          <section className="card">
            <h2>Row of {row.table}</h2>
            <dl className="facts">
              {row.columns.map((column, index) => (
                <div key={column.name}>
                  <dt>{column.name}</dt>
                  <dd>{row.values[index] === null ? <em>null</em> : String(row.values[index])}</dd>
                </div>
              ))}
            </dl>
          </section>
        )}
      </div>
    </>
  )
}

/**
 * The moments on one axis. The event time of a replayed event may be days away: it is told, and not drawn. A moment
 * that is known to be between two times is drawn as far as it is sure, and lighter from there.
 */
function Moments({ trace }: { trace: Trace }) {
  const drawn = trace.moments.filter(moment => moment.name !== 'event time')
  const [first, last] = [drawn[0], drawn.at(-1)]
  const eventTime = trace.moments.find(moment => moment.name === 'event time')
  if (!first || !last) return null
  const fromMs = Date.parse(first.at)
  const span = Math.max(1, Date.parse(last.at) - fromMs)
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {first.name} to {last.name}: {duration(span)}
        </h2>
        {eventTime && <span className="note">{absolute(Date.parse(eventTime.at))} in event time</span>}
      </div>
      <ol className="moments">
        {drawn.map((moment, index) => {
          const offset = Date.parse(moment.at) - fromMs
          const before = index === 0 ? 0 : Date.parse(drawn[index - 1]?.at ?? moment.at) - fromMs
          const earliest = moment.from === undefined ? offset : Math.max(0, Date.parse(moment.from) - fromMs)
          const sure = Math.max(before, earliest)
          return (
            <li key={moment.name}>
              <span>{moment.name}</span>
              <span className="moment-track" aria-hidden="true">
                <span
                  style={{
                    left: `${(before / span) * 100}%`,
                    width: `${Math.max(0.4, ((sure - before) / span) * 100)}%`,
                  }}
                />
                {offset > sure && (
                  <span
                    className="moment-unsure"
                    style={{ left: `${(sure / span) * 100}%`, width: `${((offset - sure) / span) * 100}%` }}
                  />
                )}
              </span>
              <span className="moment-offset">
                {moment.from !== undefined && `+${duration(earliest)} to `}+{duration(offset)}
              </span>
              <span className="note">
                {exact(Date.parse(moment.at))}
                {moment.from !== undefined && ' at the latest'}, {moment.source}
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function pretty(data: string): string {
  try {
    return JSON.stringify(JSON.parse(data), null, 2)
  } catch (error) {
    if (error instanceof SyntaxError) return data
    throw error
  }
}
