import Button from '@cloudscape-design/components/button'
import { useMemo } from 'react'
import type { ArchivedCheckpoint } from '../../../shared/features/checkpoint.ts'
import { absolute, count } from '../../ui/format.ts'
import { type Column, Table } from '../../ui/table/table.tsx'

interface ArchivedCheckpointsProps {
  archived: readonly ArchivedCheckpoint[]
  /** Makes one the current checkpoint; absent where that is not possible. */
  onRestore?: (archived: ArchivedCheckpoint) => void
  busy: boolean
}

const timeOf = ({ at }: ArchivedCheckpoint): string => absolute(Date.parse(at))
const idOf = ({ id }: ArchivedCheckpoint): string => id

/** Earlier checkpoints of the query, the newest first. */
export function ArchivedCheckpoints({ archived, onRestore, busy }: ArchivedCheckpointsProps) {
  const columns = useMemo((): Column<ArchivedCheckpoint>[] => {
    const known: Column<ArchivedCheckpoint>[] = [
      { id: 'at', header: 'Archived', cell: timeOf },
      {
        id: 'batch',
        header: 'Batch',
        align: 'end',
        cell: ({ batchId }) => (batchId === null ? 'none' : count(batchId)),
      },
      { id: 'records', header: 'Records before it', align: 'end', cell: ({ records }) => count(records) },
      { id: 'from', header: 'Query continued from', cell: ({ from }) => from },
      { id: 'why', header: 'Reason', cell: ({ why }) => why },
    ]
    if (!onRestore) return known
    const restore = (archived: ArchivedCheckpoint) => (
      <Button
        variant="inline-link"
        disabled={busy}
        ariaLabel={`Restore the checkpoint of ${timeOf(archived)}…`}
        onClick={() => onRestore(archived)}
      >
        Restore…
      </Button>
    )
    return [...known, { id: 'actions', header: 'Actions', cell: restore }]
  }, [onRestore, busy])
  return (
    <>
      <h3>Archived checkpoints</h3>
      <Table label="Archived checkpoints" rows={archived} columns={columns} keyOf={idOf} empty="None." />
    </>
  )
}
