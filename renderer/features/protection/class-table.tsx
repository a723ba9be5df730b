import { useMemo } from 'react'
import type { Target } from '../../../shared/features/targets.ts'
import { useHidden, useTargets } from '../../live/targets.ts'
import { linkTo } from '../../route/route.ts'
import { Status, type StatusType } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

const DOES: Record<Target['protection'], { type: StatusType; words: string }> = {
  none: { type: 'success', words: 'changes are made' },
  unlock: { type: 'warning', words: 'locked: each change is unlocked by its name' },
  'read-only': { type: 'stopped', words: 'read-only: nothing is changed' },
}

/** What each target is by the rules, and which one says so. */
export function ClassTable() {
  const { targets } = useTargets()
  const hidden = useHidden()
  const columns = useMemo(() => columnsOf(hidden), [hidden])
  return (
    <section className="card">
      <div className="card-head">
        <h2>Targets</h2>
        <span className="note">
          As the profiles say until AWS was asked. It is asked whose account it is before the first change.
        </span>
      </div>
      <Table label="Classes of targets" rows={targets} columns={columns} keyOf={({ id }) => id} empty="Reading them." />
    </section>
  )
}

const columnsOf = (hidden: (text: string) => string): readonly Column<Target>[] => [
  {
    id: 'target',
    header: 'Target',
    width: 150,
    wrap: 'anywhere',
    sortBy: ({ title }) => title,
    cell: ({ id, title }) => <a href={linkTo('home', { target: id })}>{title}</a>,
  },
  {
    id: 'account',
    header: 'Account',
    wrap: 'never',
    sortBy: ({ account }) => account,
    cell: ({ account }) => (account === '' ? 'not known yet' : hidden(account)),
  },
  {
    id: 'class',
    header: 'Class',
    sortBy: ({ accountClass }) => accountClass,
    cell: ({ accountClass }) => accountClass,
  },
  {
    id: 'protection',
    header: 'Protection',
    width: 220,
    sortBy: ({ protection }) => protection,
    cell: ({ protection }) => <Status type={DOES[protection].type}>{DOES[protection].words}</Status>,
  },
  { id: 'because', header: 'Because', cell: ({ classedBy }) => hidden(classedBy) },
]
