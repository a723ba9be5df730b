import Button from '@cloudscape-design/components/button'
import { useMemo } from 'react'
import type { ArtifactsState, DeployedVersion } from '../../../shared/features/artifacts.ts'
import { useHidden } from '../../live/targets.ts'
import { Ago } from '../../ui/figure.tsx'
import { Status } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

interface VersionTableProps {
  /** Undefined while it is not known. */
  state: ArtifactsState | undefined
  isWorking: boolean
  /** The version whose differences are shown. */
  chosen: string | undefined
  onChoose: (id: string) => void
  onBack: (id: string) => void
}

const idOf = ({ id }: DeployedVersion): string => id

/** Every version that was deployed, and the way back to it. */
export function VersionTable({ state, isWorking, chosen, onChoose, onBack }: VersionTableProps) {
  const current = state?.current ?? null
  const columns = useMemo<readonly Column<DeployedVersion>[]>(
    () => [
      {
        id: 'id',
        header: 'Version',
        namesRow: true,
        sortBy: idOf,
        cell: ({ id }) => (
          <Button variant="inline-link" onClick={() => onChoose(id)} ariaLabel={`Show what ${id} changed`}>
            {id}
          </Button>
        ),
      },
      {
        id: 'state',
        header: 'State',
        width: 120,
        cell: ({ id }) => (id === current ? <Status type="success">current</Status> : null),
      },
      {
        id: 'at',
        header: 'Deployed',
        width: 130,
        sortBy: ({ at }) => at,
        cell: ({ at }) => <Ago ms={Date.parse(at)} />,
      },
      { id: 'by', header: 'By', wrap: 'anywhere', sortBy: ({ by }) => by, cell: version => <By version={version} /> },
      {
        id: 'commit',
        header: 'Commit',
        width: 190,
        cell: ({ commit }) =>
          commit ? (
            <span title={commit.id}>
              {commit.id.slice(0, 10)}
              {commit.changed && <span className="note"> with changes</span>}
            </span>
          ) : (
            <span className="note">no work tree</span>
          ),
      },
      { id: 'files', header: 'Files', width: 80, align: 'end', cell: ({ files }) => files.length },
      {
        id: 'back',
        header: 'Go back',
        width: 150,
        cell: ({ id }) =>
          id === current ? null : (
            <Button
              variant="inline-link"
              disabled={isWorking}
              ariaLabel={`Make it current… (${id})`}
              onClick={() => onBack(id)}
            >
              Make it current…
            </Button>
          ),
      },
    ],
    [current, isWorking, onChoose, onBack],
  )
  return (
    <section className="card">
      <div className="card-head">
        <h2>Versions</h2>
        {state && state.older > 0 && <span className="note">and {state.older} older ones</span>}
      </div>
      <Table
        label="Versions"
        rows={state?.versions ?? []}
        columns={columns}
        keyOf={idOf}
        chosen={chosen}
        empty={state ? 'Nothing is deployed yet. Deploy makes the first version.' : 'Reading what is deployed.'}
      />
    </section>
  )
}

/** Who deployed it; account numbers are hidden where they are everywhere. */
function By({ version }: { version: DeployedVersion }) {
  const hidden = useHidden()
  return <span className="note">{hidden(version.by)}</span>
}
