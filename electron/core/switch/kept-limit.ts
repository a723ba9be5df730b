import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { SetLimit } from '../../../shared/limit.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** `limit` is null where it was set to none, whatever the spec says. */
const Kept = z.object({ set: SetLimit.nullable() })

const fileOf = ({ stateDir }: PipelineContext): string => join(stateDir, 'provision', 'limit.json')

/** The limit of a pipeline's cluster: what was set here, else what its spec says; undefined where there is none. */
export function limitOf(context: PipelineContext, care: StateCare): SetLimit | undefined {
  const lost = 'the limit that was set here: that of the spec counts, where it has one'
  const kept = readJsonFile(fileOf(context), { schema: Kept, care, lost, canGoOn: true })
  if (kept) return kept.set ?? undefined
  const { limit } = context.spec.cluster
  return limit && { limit }
}

/** On disk when it resolves. */
export function keepLimit(
  context: PipelineContext,
  set: SetLimit | null,
  care: StateCare,
  signal: AbortSignal,
): Promise<void> {
  const file = fileOf(context)
  return whenRoom(
    care,
    () => {
      mkdirSync(dirname(file), { recursive: true })
      writeJsonFile(file, { set })
    },
    { signal },
  )
}
