import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { statementTooLong } from '../../../shared/features/warehouse.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { count } from '../../ui/format.ts'
import { QueryHistory } from './query-history.tsx'
import { ResultCard } from './result-card.tsx'
import { SqlEditor } from './sql-editor.tsx'
import { LIMITS, type Tab, useTabs } from './tabs.ts'

const OPTIONS = LIMITS.map(value => ({ value: String(value), label: `Limit ${count(value)} rows` }))

/** Runs the statement of a tab, and stops the one that ran in it. */
export function useRunTab(): (id: number, sql: string) => Promise<void> {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  return async (id, sql) => {
    const { tabs, change } = useTabs.getState()
    const tab = tabs.find(entry => entry.id === id)
    if (!services || !tab || sql.trim() === '') return
    if (tab.run.state === 'running') tab.run.abort.abort()
    const tooLong = statementTooLong(sql)
    if (tooLong !== undefined) {
      const hint = 'It was not run. Shorten it, or load the values from S3 and join them.'
      return change(id, {
        sql,
        run: { state: 'failed', error: { code: 'invalid_input', message: tooLong, hint, retryable: false } },
      })
    }
    const abort = new AbortController()
    const { maxRows } = tab
    change(id, { sql, run: { state: 'running', sinceMs: Date.now(), abort } })
    const result = await services.warehouse.query({ ...scope, sql, maxRows, logged: true }, abort.signal)
    const now = useTabs.getState().tabs.find(entry => entry.id === id)?.run
    // Another statement of this tab was started since.
    if (now?.state !== 'running' || now.abort !== abort) return
    change(id, {
      run: result.ok ? { state: 'done', sql, maxRows, result: result.value } : { state: 'failed', error: result.error },
    })
  }
}

/** The SQL editor with its tabs, and the result of the one in front. */
export function QueryPanel({ completion }: { completion: Record<string, string[]> }) {
  const { tabs, current, open, close, choose, change } = useTabs()
  const [remembering, setRemembering] = useState(false)
  const run = useRunTab()
  const tab = tabs.find(entry => entry.id === current) ?? tabs[0]
  if (!tab) return null
  return (
    <div className="page">
      <section className="card">
        <fieldset className="sql-tabs" aria-label="Queries">
          {tabs.map(entry => (
            <span key={entry.id} className="sql-tab" data-current={entry.id === tab.id}>
              <button type="button" aria-pressed={entry.id === tab.id} onClick={() => choose(entry.id)}>
                {entry.run.state === 'running' ? '● ' : ''}Query {entry.id}
              </button>
              <button type="button" aria-label={`Close query ${entry.id}`} onClick={() => close(entry.id)}>
                ×
              </button>
            </span>
          ))}
          <button type="button" className="sql-tab-new" aria-label="New query" onClick={() => open('')}>
            +
          </button>
        </fieldset>
        <SqlEditor
          key={tab.id}
          value={tab.sql}
          onChange={sql => change(tab.id, { sql })}
          onRun={() => run(tab.id, useTabs.getState().tabs.find(entry => entry.id === tab.id)?.sql ?? '')}
          schema={completion}
        />
        <RunBar tab={tab} onRun={() => run(tab.id, tab.sql)} onHistory={() => setRemembering(!remembering)} />
        {remembering && (
          <QueryHistory
            onChoose={sql => {
              setRemembering(false)
              change(tab.id, { sql })
            }}
          />
        )}
      </section>
      <ResultCard key={tab.id} run={tab.run} />
    </div>
  )
}

function RunBar({ tab, onRun, onHistory }: { tab: Tab; onRun: () => void; onHistory: () => void }) {
  const change = useTabs(tabs => tabs.change)
  const { run } = tab
  return (
    <div className="page-head run-bar">
      <Button variant="primary" loading={run.state === 'running'} onClick={onRun}>
        Run
      </Button>
      {run.state === 'running' && <Button onClick={() => run.abort.abort()}>Cancel</Button>}
      <Select
        ariaLabel="Row limit"
        selectedOption={OPTIONS.find(option => option.value === String(tab.maxRows)) ?? null}
        options={OPTIONS}
        onChange={({ detail }) => change(tab.id, { maxRows: Number(detail.selectedOption.value) })}
      />
      <Button onClick={onHistory}>History</Button>
      <span className="note">Ctrl Enter runs the query</span>
    </div>
  )
}
