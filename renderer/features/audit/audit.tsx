import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { useCallback, useState } from 'react'
import type { AuditFilter, AuditOutcome } from '../../../shared/features/audit.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useHidden } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { changeQuery, useRoute } from '../../route/route.ts'
import { absolute, count } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { saveFile } from '../../ui/table/export.ts'
import { AuditTable } from './audit-table.tsx'
import { Filters, OUTCOMES } from './filters.tsx'

const MOST = 1_000

/** Every change that was made or tried from here, with its request and what came of it; filters stand in the link. */
export default function Audit() {
  const { query } = useRoute()
  const filter = filterOf(query)
  const { target, action, outcome } = filter
  const ask = useCallback(
    (services: Services) => services.audit.list({ ...given({ target, action, outcome }), limit: MOST }),
    [target, action, outcome],
  )
  const asked = useCall(ask)
  const hidden = useHidden()
  const found = asked.value
  const isFiltered = Object.keys(filter).length > 0
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Audit</h1>
          <p>
            Every change that was made or tried from here, on AWS and in the sandbox: written before its call, and again
            with what came of it. What a job changes by itself is not among them.
          </p>
        </div>
        <div className="page-actions">
          <Button iconName="refresh" onClick={asked.reload} loading={asked.state === 'loading'}>
            Read it again
          </Button>
          <Save filter={filter} />
        </div>
      </div>
      {asked.state === 'failed' && <Problem error={asked.error} retry={asked.reload} />}
      {found && found.problems.length > 0 && (
        <Alert type="error" header="The log is damaged">
          <ul className="details">
            {found.problems.map(problem => (
              <li key={problem}>{hidden(problem)}</li>
            ))}
          </ul>
        </Alert>
      )}
      <section className="card">
        <div className="card-head">
          <h2>Changes</h2>
          {found && (
            <span className="note">
              {count(found.total)} {isFiltered ? 'fit' : found.total === 1 ? 'change' : 'changes'}
              {found.total > MOST && `, the newest ${count(MOST)} are shown`}
              {found.oldest !== null && `; kept since ${absolute(Date.parse(found.oldest))}`}
            </span>
          )}
        </div>
        <Filters filter={filter} targets={found?.targets ?? []} actions={found?.actions ?? []} onChange={changeQuery} />
        <AuditTable
          entries={found?.entries ?? []}
          empty={
            asked.state === 'loading' && !found
              ? 'Reading the log.'
              : isFiltered
                ? 'No change fits these filters.'
                : 'Nothing was changed from here yet. Apply a plan, and its calls are here.'
          }
        />
        {found && <p className="note">{hidden(found.file)}: lines of JSON with checksums, on this machine only.</p>}
      </section>
    </div>
  )
}

const isOutcome = (text: string): text is AuditOutcome => text in OUTCOMES

function filterOf(query: URLSearchParams): AuditFilter {
  const outcome = query.get('outcome') ?? ''
  return given({
    target: query.get('of') ?? undefined,
    action: query.get('action') ?? undefined,
    outcome: isOutcome(outcome) ? outcome : undefined,
  })
}

/** Without what is not asked for. */
const given = (filter: {
  target: string | undefined
  action: string | undefined
  outcome: AuditOutcome | undefined
}): AuditFilter => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))

function Save({ filter }: { filter: AuditFilter }) {
  const services = useConnection(connection => connection.services)
  const [failure, setFailure] = useState<AppError>()
  const save = async (format: 'csv' | 'json') => {
    const result = await services?.audit.export({ ...filter, format })
    setFailure(result && !result.ok ? result.error : undefined)
    if (result?.ok) saveFile(result.value.name, result.value.text, format === 'csv' ? 'text/csv' : 'application/json')
  }
  return (
    <>
      <Button iconName="download" ariaLabel="Save the changes as CSV" onClick={() => void save('csv')}>
        CSV
      </Button>
      <Button iconName="download" ariaLabel="Save the changes as JSON" onClick={() => void save('json')}>
        JSON
      </Button>
      {failure && <Problem error={failure} />}
    </>
  )
}
