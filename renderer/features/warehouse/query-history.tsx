import { useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { Ago } from '../../ui/figure.tsx'
import { count, duration } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { SearchField } from '../../ui/search-field.tsx'

const readQueries = (services: Services, scope: PipelineScope, signal: AbortSignal) =>
  services.warehouse.queries(scope, signal)
const SHOWN = 50

/** The statements that were run from here, to be run again. */
export function QueryHistory({ onChoose }: { onChoose: (sql: string) => void }) {
  const log = useCall(readQueries)
  const [text, setText] = useState('')
  if (log.state === 'failed') return <Problem error={log.error} retry={log.reload} />
  const found = (log.value?.queries ?? []).filter(query => query.sql.toLowerCase().includes(text.toLowerCase()))
  return (
    <section className="query-history" aria-label="Query history">
      <SearchField label="Find queries" value={text} onChange={setText} matches={found.length} />
      {log.value && (
        <p className="note">
          {log.value.kept === 'sealed'
            ? 'Stored on this machine, encrypted with a key of its keychain.'
            : 'Kept until Sluice ends: there is no keychain on this machine to encrypt them with.'}
        </p>
      )}
      {log.value && found.length === 0 && (
        <p className="note">{text === '' ? 'No queries yet.' : 'No query matches.'}</p>
      )}
      <ol>
        {found.slice(0, SHOWN).map(query => (
          <li key={`${query.at}${query.sql}`}>
            <button type="button" onClick={() => onChoose(query.sql)}>
              <code>{query.sql}</code>
            </button>
            <span className="note">
              <Ago ms={Date.parse(query.at)} />, {query.state}
              {query.rows !== null && `, ${count(query.rows)} rows`}
              {query.durationMs !== null && ` in ${duration(query.durationMs)}`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
