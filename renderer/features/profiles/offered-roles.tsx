import Button from '@cloudscape-design/components/button'
import { useMemo, useRef, useState } from 'react'
import type { OfferedRole } from '../../../shared/features/targets.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { beginLogin } from '../../live/login.ts'
import { useHidden } from '../../live/targets.ts'
import { absolute } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'
import { NewProfile } from './new-profile.tsx'

interface Listed {
  roles: readonly OfferedRole[]
  atMs: number
}

const keyOf = ({ accountId, roleName }: OfferedRole): string => `${accountId} ${roleName}`

/**
 * The accounts and roles that a login offers and no profile names. They are asked for by a click: each account is a
 * call to AWS.
 */
export function OfferedRoles({ login, onWritten }: { login: string; onWritten: () => void }) {
  const [listed, setListed] = useState<Listed>()
  const [error, setError] = useState<AppError>()
  const [chosen, setChosen] = useState<OfferedRole>()
  const [written, setWritten] = useState('')
  const asking = useRef<AbortController>(undefined)
  const [isAsking, setAsking] = useState(false)
  const hidden = useHidden()

  async function list() {
    const { services } = useConnection.getState()
    if (!services) return
    asking.current?.abort()
    const mine = new AbortController()
    asking.current = mine
    setAsking(true)
    const result: Result<OfferedRole[]> = await services.targets.offered({ login }, mine.signal)
    if (asking.current !== mine) return
    setAsking(false)
    if (mine.signal.aborted) return
    setError(result.ok ? undefined : result.error)
    if (result.ok) setListed({ roles: result.value, atMs: Date.now() })
  }

  const columns = useMemo(() => columnsOf(hidden, setChosen), [hidden])
  return (
    <section className="card" aria-label={`Roles that ${login} offers`}>
      <div className="card-head">
        <h2>Roles that {login} offers without a profile</h2>
        {listed && <span className="note">as IAM Identity Center listed them, {absolute(listed.atMs)}</span>}
        <div className="page-actions">
          <Button ariaLabel={`Log in to ${login}`} onClick={() => beginLogin({ name: login })}>
            Log in
          </Button>
          {isAsking ? (
            <Button onClick={() => asking.current?.abort()}>Cancel</Button>
          ) : (
            <Button ariaLabel={`List the roles of ${login}`} onClick={() => void list()}>
              {listed ? 'List again' : 'List the roles'}
            </Button>
          )}
        </div>
      </div>
      {error && <Problem error={error} retry={() => void list()} />}
      {isAsking && (
        <p className="note" role="status">
          Asking for the roles of each account.
        </p>
      )}
      {written !== '' && (
        <p role="status" className="note">
          {written}
        </p>
      )}
      {listed && (
        <Table
          label={`Roles that ${login} offers`}
          rows={listed.roles}
          columns={columns}
          keyOf={keyOf}
          empty={`Each role that ${login} offers has a profile.`}
        />
      )}
      {chosen && (
        <NewProfile
          login={login}
          role={chosen}
          onClose={() => setChosen(undefined)}
          onWritten={words => {
            setChosen(undefined)
            setWritten(words)
            onWritten()
            void list()
          }}
        />
      )}
    </section>
  )
}

const columnsOf = (
  hidden: (text: string) => string,
  choose: (role: OfferedRole) => void,
): readonly Column<OfferedRole>[] => [
  {
    id: 'account',
    header: 'Account',
    wrap: 'never',
    sortBy: ({ accountId }) => accountId,
    cell: ({ accountId }) => hidden(accountId),
  },
  { id: 'name', header: 'Name', sortBy: ({ accountName }) => accountName, cell: ({ accountName }) => accountName },
  { id: 'role', header: 'Role', sortBy: ({ roleName }) => roleName, cell: ({ roleName }) => roleName },
  {
    id: 'profile',
    header: 'Profile',
    cell: role => (
      <Button
        variant="inline-link"
        ariaLabel={`Add a profile for ${role.roleName} in ${role.accountName}`}
        onClick={() => choose(role)}
      >
        Add a profile
      </Button>
    ),
  },
]
