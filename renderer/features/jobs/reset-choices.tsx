import Button from '@cloudscape-design/components/button'
import { useMemo, useState } from 'react'
import type { ArchivedCheckpoint, BeginFrom, Choice, Preflight } from '../../../shared/features/checkpoint.ts'
import { useLive } from '../../live/live.ts'
import { absolute, count } from '../../ui/format.ts'
import { type Column, Table } from '../../ui/table/table.tsx'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'
import type { useWork } from '../../work/use-work.ts'
import { ArchivedCheckpoints } from './archived-checkpoints.tsx'
import { AskTime } from './ask-time.tsx'

interface ResetChoicesProps {
  preflight: Preflight
  work: ReturnType<typeof useWork>
  /** The time that is asked about. */
  time: string | undefined
  setTime: (time: string | undefined) => void
  /** The checkpoint is one of Spark's own, at this address. */
  spark: string | undefined
}

type Asked = { kind: 'reset'; from: BeginFrom; choice: Choice } | { kind: 'restore'; archived: ArchivedCheckpoint }

const keyOf = ({ kind }: Choice): string => kind

/** From where the job could continue, what each choice costs, and the archived checkpoints. */
export function ResetChoices({ preflight, work, time, setTime, spark }: ResetChoicesProps) {
  const [asked, setAsked] = useState<Asked>()
  const busy = work.state === 'running'
  const columns = useMemo(
    () =>
      columnsOf(busy, spark === undefined ? 'Reset…' : 'Archive…', choice =>
        setAsked({ kind: 'reset', from: fromOf(choice, time), choice }),
      ),
    [busy, spark, time],
  )
  const carryOut = (confirm: string) => {
    if (!asked) return
    setAsked(undefined)
    const title = asked.kind === 'reset' ? asked.choice.title : 'Restore the checkpoint'
    void work.run(title, (services, scope, signal) =>
      asked.kind === 'reset' && spark !== undefined
        ? services.checkpoint.archiveSpark({ ...scope, confirm, address: spark, why: asked.choice.title }, signal)
        : asked.kind === 'reset'
          ? services.checkpoint.reset({ ...scope, confirm, from: asked.from }, signal)
          : services.checkpoint.restore({ ...scope, confirm, archive: asked.archived.id }, signal),
    )
  }
  return (
    <details className="choices">
      <summary>Reset the offset: choices and their effects</summary>
      <Table
        label="Offsets to continue from"
        rows={preflight.choices}
        columns={columns}
        keyOf={keyOf}
        empty="No choices."
      />
      {spark === undefined && <AskTime setTime={setTime} />}
      {preflight.archived.length > 0 && (
        <ArchivedCheckpoints
          archived={preflight.archived}
          {...(spark === undefined && {
            onRestore: (archived: ArchivedCheckpoint) => setAsked({ kind: 'restore', archived }),
          })}
          busy={busy}
        />
      )}
      {asked && (
        <Confirm
          asked={asked}
          isSparks={spark !== undefined}
          onCancel={() => setAsked(undefined)}
          onConfirm={carryOut}
        />
      )}
    </details>
  )
}

function columnsOf(busy: boolean, action: string, onChoose: (choice: Choice) => void): readonly Column<Choice>[] {
  return [
    {
      id: 'choice',
      header: 'Continue from',
      cell: choice => (
        <>
          <strong>{choice.title}</strong>{' '}
          {choice.beginsAt && (
            <span className="note">
              {`${absolute(Date.parse(choice.beginsAt))}${choice.estimated ? ', estimated' : ''}`}
            </span>
          )}
          <span className="note">{choice.refused ?? choice.consequences.join(' ')}</span>
          {choice.kind !== 'checkpoint' && (
            <Button
              variant="inline-link"
              disabled={choice.refused !== undefined || busy}
              onClick={() => onChoose(choice)}
              ariaLabel={`${choice.title}…`}
            >
              {action}
            </Button>
          )}
        </>
      ),
    },
    records('new', 'New records', choice => choice.firstTime),
    records('again', 'Read again', choice => choice.readAgain),
    records('skipped', 'Skipped', choice => choice.skipped),
    records('expired', 'Expired', choice => choice.lost),
  ]
}

const records = (id: string, header: string, of: (choice: Choice) => number | null): Column<Choice> => ({
  id,
  header,
  align: 'end',
  cell: choice => knownCount(of(choice)),
})
const knownCount = (value: number | null): string => (value === null ? 'not known' : count(value))

interface ConfirmProps {
  asked: Asked
  isSparks: boolean
  onCancel: () => void
  onConfirm: (typed: string) => void
}

function Confirm({ asked, isSparks, onCancel, onConfirm }: ConfirmProps) {
  const pipeline = useLive(live => live.scope.pipeline)
  return (
    <TypedConfirm
      header={asked.kind === 'reset' ? asked.choice.title : 'Restore the checkpoint'}
      wanted={pipeline}
      action={asked.kind === 'restore' ? 'Restore' : isSparks ? 'Archive' : 'Reset'}
      onCancel={onCancel}
      onConfirm={onConfirm}
    >
      {asked.kind === 'reset'
        ? asked.choice.consequences.join(' ')
        : `The query continues from the committed offset of that checkpoint, with ${count(asked.archived.records)} ` +
          'records before it. Records read since are read again; MERGE matches them by key. The current checkpoint ' +
          'is archived.'}
    </TypedConfirm>
  )
}

function fromOf(choice: Choice, time: string | undefined): BeginFrom {
  if (choice.kind === 'time' && time !== undefined) return { kind: 'time', at: time }
  return choice.kind === 'now' ? { kind: 'now' } : { kind: 'oldest' }
}
