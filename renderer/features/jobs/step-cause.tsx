import type { ExecutorLoss, LogLine, StepCause } from '../../../shared/features/jobs.ts'
import { count } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'

/** Why a step failed, in one sentence, with the lines of its logs that say so: a click goes there. */
export function StepCauseCard({ cause, show }: { cause: StepCause; show: (line: LogLine) => void }) {
  return (
    <section className="cause" aria-label="Why it failed">
      <Status type="error">{cause.said}</Status>
      <p>{cause.next}</p>
      {cause.exception && (
        <p className="note">
          {cause.exception}
          {cause.at && <> · in {cause.at}</>}
        </p>
      )}
      <Evidence lines={cause.evidence} show={show} />
    </section>
  )
}

/** Executors that Spark lost, the newest first. */
export function ExecutorLosses({ losses, show }: { losses: readonly ExecutorLoss[]; show: (line: LogLine) => void }) {
  const forMemory = losses.filter(loss => loss.forMemory).length
  return (
    <section className="cause" data-state="warning" aria-label="Executors lost">
      <Status type="warning">
        Spark lost {count(losses.length)} {losses.length === 1 ? 'executor' : 'executors'}
        {forMemory > 0 && `, ${count(forMemory)} by a kill (exit code 137) or out of memory`}: their tasks are retried
        on others.
      </Status>
      <ul className="plain">
        {[...losses].reverse().map(loss => (
          <li key={loss.executor}>
            Executor {loss.executor} on {loss.host}
            {loss.loggedAt && <span className="note"> at {loss.loggedAt}, in the log's own time</span>}: {loss.reason}
            <Evidence lines={[loss.evidence]} show={show} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Evidence({ lines, show }: { lines: readonly LogLine[]; show: (line: LogLine) => void }) {
  return (
    <ul className="plain evidence">
      {lines.map(line => (
        <li key={`${line.file}${line.line}`}>
          <button type="button" className="link" onClick={() => show(line)}>
            {line.file}, line {count(line.line)}
          </button>{' '}
          <code>{line.text}</code>
        </li>
      ))}
    </ul>
  )
}
