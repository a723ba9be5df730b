import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { ProtectionRule, RulesView } from '../../../shared/features/protection.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { rulesChanged } from '../../live/standings.ts'
import { useHidden } from '../../live/targets.ts'
import { useCall } from '../../live/use-call.ts'
import { Problem } from '../../ui/problem.tsx'
import { ClassTable } from './class-table.tsx'
import { RuleForm } from './rule-form.tsx'
import { RuleTable } from './rule-table.tsx'

const askRules = (services: Services) => services.protection.rules({})

/** The user's rules, which class each target has by them, and the file to edit them by hand. */
export default function Protection() {
  const asked = useCall(askRules)
  const services = useConnection(connection => connection.services)
  const [adding, setAdding] = useState(false)
  const [failure, setFailure] = useState<AppError>()
  const view = asked.value
  const write = async (rules: readonly ProtectionRule[]): Promise<AppError | undefined> => {
    if (!services || !view) return undefined
    const result = await services.protection.setRules({ rules: [...rules], version: view.version })
    const error = result.ok ? undefined : result.error
    setFailure(error)
    asked.reload()
    rulesChanged()
    return error
  }
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Protection</h1>
          <p>
            Which accounts are development, where changes are made, and which are production, where each is unlocked by
            typing its name. What no rule names is production.
          </p>
        </div>
        <div className="page-actions">
          <Button
            iconName="refresh"
            loading={asked.state === 'loading'}
            onClick={() => {
              asked.reload()
              rulesChanged()
            }}
          >
            Read the file again
          </Button>
          <Button variant="primary" disabled={!view || view.state === 'broken'} onClick={() => setAdding(true)}>
            Add rule…
          </Button>
        </div>
      </div>
      {asked.state === 'failed' && <Problem error={asked.error} retry={asked.reload} />}
      {failure && <Problem error={failure} />}
      {view?.state === 'broken' && <Broken view={view} />}
      {view?.state !== 'broken' && (
        <RuleTable rules={view?.rules ?? []} file={view?.file ?? ''} loading={view === undefined} onChange={write} />
      )}
      <ClassTable />
      {adding && view && (
        <RuleForm
          onCancel={() => setAdding(false)}
          onConfirm={async rule => {
            const error = await write([...view.rules, rule])
            if (!error) setAdding(false)
            return error
          }}
        />
      )}
    </div>
  )
}

function Broken({ view: { file, problems } }: { view: RulesView }) {
  const hidden = useHidden()
  return (
    <Alert type="error" header="The rules cannot be read, so every AWS account is one of production">
      <ul className="details">
        {problems.map(({ line, field, message }) => (
          <li key={`${line}${field}${message}`}>
            {[line === null ? undefined : `line ${line}`, field, message].filter(Boolean).join(': ')}
          </li>
        ))}
      </ul>
      Mend {hidden(file)}, then read it again.
    </Alert>
  )
}
