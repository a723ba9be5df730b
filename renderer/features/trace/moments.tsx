import type { Trace } from '../../../shared/features/trace.ts'
import { absolute, duration, exact } from '../../ui/format.ts'

type Moment = Trace['moments'][number]

/**
 * The moments of an event on one axis. The event time of a replayed event may be days away: it is shown, and not drawn.
 */
export function Moments({ trace }: { trace: Trace }) {
  const drawn = trace.moments.filter(moment => moment.name !== 'event time')
  const [first, last] = [drawn[0], drawn.at(-1)]
  const eventTime = trace.moments.find(moment => moment.name === 'event time')
  if (!first || !last) return null
  const fromMs = Date.parse(first.at)
  const spanMs = Math.max(1, Date.parse(last.at) - fromMs)
  return (
    <section className="card">
      <div className="card-head">
        <h2>
          {first.name} to {last.name}: {duration(spanMs)}
        </h2>
        {eventTime && <span className="note">event time {absolute(Date.parse(eventTime.at))}</span>}
      </div>
      <ol className="moments">
        {drawn.map((moment, index) => (
          <MomentLine
            key={moment.name}
            moment={moment}
            beforeMs={index === 0 ? 0 : Date.parse(drawn[index - 1]?.at ?? moment.at) - fromMs}
            fromMs={fromMs}
            spanMs={spanMs}
          />
        ))}
      </ol>
    </section>
  )
}

interface MomentLineProps {
  moment: Moment
  /** The moment before it, from the beginning of the axis. */
  beforeMs: number
  /** Where the axis begins, epoch ms, and how long it is. */
  fromMs: number
  spanMs: number
}

/** A moment that is known to be between two times is drawn as far as it is certain, and lighter from there. */
function MomentLine({ moment, beforeMs, fromMs, spanMs }: MomentLineProps) {
  const offset = Date.parse(moment.at) - fromMs
  const earliest = moment.from === undefined ? offset : Math.max(0, Date.parse(moment.from) - fromMs)
  const certain = Math.max(beforeMs, earliest)
  const share = (ms: number) => (ms / spanMs) * 100
  return (
    <li>
      <span>{moment.name}</span>
      <span className="moment-track" aria-hidden="true">
        <span style={{ left: `${share(beforeMs)}%`, width: `${Math.max(0.4, share(certain - beforeMs))}%` }} />
        {offset > certain && (
          <span
            className="moment-uncertain"
            style={{ left: `${share(certain)}%`, width: `${share(offset - certain)}%` }}
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
}
