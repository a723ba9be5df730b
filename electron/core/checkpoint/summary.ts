import type { Preflight, Verdict } from '../../../shared/features/checkpoint.ts'
import type { SourceOffset } from '../../../shared/job/progress.ts'
import type { CheckpointEntries } from './entries.ts'

/**
 * What a preflight says of any checkpoint: where it is, whose it is, how far it has committed, and the verdicts with
 * the worst of them.
 */
export function summaryOf(
  entries: CheckpointEntries,
  offset: SourceOffset,
  verdicts: Verdict[],
): Pick<Preflight, 'location' | 'state' | 'queryId' | 'committed' | 'verdicts'> {
  const { newest, metadata } = entries
  return {
    location: `s3://${entries.bucket}/${entries.folder}`,
    state: worst(verdicts, entries.keys.length === 0),
    queryId: metadata.state === 'read' ? metadata.value.id : null,
    committed: newest
      ? {
          batchId: newest.batchId,
          at: new Date(newest.committedMs).toISOString(),
          records: Object.values(offset).reduce((sum, position) => sum + position.records, 0),
        }
      : null,
    verdicts,
  }
}

/** The worst of some verdicts; `none` when there is no checkpoint yet. */
function worst(verdicts: readonly Verdict[], empty: boolean): Preflight['state'] {
  if (verdicts.some(verdict => verdict.state === 'fatal')) return 'fatal'
  if (verdicts.some(verdict => verdict.state === 'warning')) return 'warning'
  return empty ? 'none' : 'fine'
}
