import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { AppError } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'
import { unlock, useUnlocking } from '../connection/unlocking.ts'
import { useAccountText } from '../live/targets.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/problem.tsx'
import './class-mark.css'

/** An action that a protected target refused: where it would be done, and its name to be typed. Escape leaves it. */
export function UnlockDialog() {
  const [asking] = useUnlocking(({ asking }) => asking)
  return asking && <Unlock key={asking.unlock.type + asking.refused.op} asking={asking} />
}

function Unlock({ asking }: { asking: ReturnType<typeof useUnlocking.getState>['asking'][number] }) {
  const services = useConnection(connection => connection.services)
  const accountText = useAccountText()
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<AppError>()
  const { type, target, account, region, accountClass, because } = asking.unlock
  const isTyped = typed === type
  const confirm = async () => {
    if (services && isTyped) setProblem(await unlock(services, asking, typed))
  }
  return (
    <Dialog
      header={`Unlock ${type}?`}
      action="Unlock and begin"
      ready={isTyped && services !== undefined}
      onCancel={() => asking.answer(undefined)}
      onConfirm={() => void confirm()}
    >
      <dl className="unlock" data-class={accountClass}>
        <dt>Target</dt>
        <dd>{target}</dd>
        <dt>Class</dt>
        <dd>
          <span className="class-mark" data-class={accountClass}>
            {accountClass}
          </span>
        </dd>
        <dt>Account</dt>
        <dd>{accountText(account)}</dd>
        <dt>Region</dt>
        <dd>{region}</dd>
        <dt>Action</dt>
        <dd>{type}</dd>
      </dl>
      <Box color="text-body-secondary">
        {because} This unlocks one run of it: everything else stays refused, and the unlock ends with it. It is written
        into the audit log.
      </Box>
      <FormField label={`Type ${type} to unlock it`}>
        <Input
          value={typed}
          autoFocus
          onChange={({ detail }) => setTyped(detail.value)}
          onKeyDown={({ detail }) => {
            if (detail.key === 'Enter') void confirm()
          }}
        />
      </FormField>
      {problem && <Problem error={problem} />}
    </Dialog>
  )
}
