import { duration } from '../../ui/format.ts'

/** Parts of a batch, in their order; the engine's own names where it has more than Spark. */
const PHASES: [key: string, name: string][] = [
  ['latestOffset', 'read'],
  ['getBatch', 'get batch'],
  ['queryPlanning', 'plan query'],
  ['classifyRecords', 'validate'],
  ['waitForBatchBefore', 'wait for previous batch'],
  ['walCommit', 'plan'],
  ['writePlan', 'write the plan'],
  ['addBatch', 'add batch'],
  ['stageFiles', 'stage'],
  ['warehouseTransaction', 'warehouse transaction'],
  ['writeCommit', 'write the commit'],
  ['commitOffsets', 'commit'],
]

/** The phases that took time; `addBatch` only where its own parts are not reported. */
export const phasesOf = (durationMs: Readonly<Record<string, number>>): { name: string; ms: number }[] =>
  PHASES.flatMap(([key, name]) =>
    !durationMs[key] || (key === 'addBatch' && durationMs.warehouseTransaction !== undefined)
      ? []
      : [{ name, ms: durationMs[key] }],
  )

/** How the time of a batch was spent. */
export function Phases({ durationMs }: { durationMs: Readonly<Record<string, number>> }) {
  const phases = phasesOf(durationMs)
  if (phases.length === 0) return null
  const text = phases.map(phase => `${phase.name} ${duration(phase.ms)}`).join(' · ')
  return (
    <>
      <div className="phases" role="img" aria-label={text}>
        {phases.map((phase, index) => (
          <div
            key={phase.name}
            style={{ flexGrow: phase.ms, opacity: 1 - index * 0.11 }}
            title={`${phase.name}: ${duration(phase.ms)}`}
          />
        ))}
      </div>
      <p className="note">{text}</p>
    </>
  )
}
