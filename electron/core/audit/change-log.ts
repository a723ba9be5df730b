import type { AuditEnd, AuditIntent, AuditSum } from '../../../shared/features/audit.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { Clock } from '../clock/clock.ts'
import type { Change, ChangeLog, Ending } from '../targets/protection/change.ts'
import { whenActionIsOver } from '../work/action.ts'
import type { AuditFile } from './audit-file.ts'
import { namesIn, sqlIn } from './resources.ts'

/** How often a sum of many requests is written down while it grows: a kill loses no more than this of it. */
const SUM_EVERY_MS = 60_000

interface Deps {
  file: AuditFile
  clock: Clock
  care: StateCare
  newId: () => string
  log: (line: string) => void
}

/** A sum of the requests of one action to one stream, which would be thousands of lines. */
interface Summed {
  id: string
  startedMs: number
  writtenMs: number
  sum: AuditSum
  code: string | null
  requestId: string | null
}

/** Writes each change before it is sent, and its outcome behind it. */
export function createChangeLog({
  file,
  clock,
  care,
  newId,
  log,
}: Deps): ChangeLog & { isUnderWay(id: string): boolean } {
  const underWay = new Set<string>()
  const sums = new Map<string, Summed>()
  const at = () => new Date(clock.now()).toISOString()

  /** What was sent is not undone because its outcome cannot be written: the log of the program says so. */
  function end(id: string, ended: Omit<AuditEnd, 'at'>, t: 'end' | 'soFar' = 'end'): void {
    if (t === 'end') underWay.delete(id)
    try {
      file.append({ t, id, at: at(), ...ended })
    } catch (error) {
      log(`The audit log does not take the outcome of ${id} (${ended.outcome}): ${String(error)}`)
    }
  }

  async function begun(change: Change): Promise<{ id: string; startedMs: number }> {
    const id = newId()
    await whenRoom(care, () => file.append({ t: 'begin', ...intentOf(change, id, at()) }))
    underWay.add(id)
    return { id, startedMs: clock.monotonic() }
  }

  function write(summed: Summed, t: 'end' | 'soFar'): void {
    const { id, startedMs, sum, code, requestId } = summed
    summed.writtenMs = clock.monotonic()
    const outcome = sum.failed === sum.requests && sum.requests > 0 ? 'failed' : 'ok'
    end(id, { outcome, code, requestId, durationMs: summed.writtenMs - startedMs, made: [], sum: { ...sum } }, t)
  }

  async function beginSummed(change: Change): Promise<Ending> {
    const key = `${change.action?.id} ${change.target.id} ${JSON.stringify(namesIn(change.input))}`
    let summed = sums.get(key)
    if (!summed) {
      const begin = await begun(change)
      // Another request of the same run may have come first.
      summed = sums.get(key) ?? { ...begin, writtenMs: begin.startedMs, sum: NOTHING, code: null, requestId: null }
      if (!sums.has(key)) {
        const first = summed
        sums.set(key, first)
        whenActionIsOver(() => {
          sums.delete(key)
          write(first, 'end')
        })
      }
    }
    const into = summed
    const add = (more: Partial<AuditSum>) => {
      into.sum = added(into.sum, { requests: 1, ...more })
      if (clock.monotonic() - into.writtenMs >= SUM_EVERY_MS) write(into, 'soFar')
    }
    return {
      done(output) {
        into.requestId = requestIdOf(output) ?? into.requestId
        add({ records: recordsIn(change.input), notTaken: notTakenIn(output) })
      },
      failed(error) {
        into.requestId = requestIdOf(error) ?? into.requestId
        into.code = codeOf(error)
        add({ failed: 1 })
      },
    }
  }

  return {
    isUnderWay: id => underWay.has(id),
    async begin(change) {
      if (change.call === 'PutRecords' && change.action) return beginSummed(change)
      const { id, startedMs } = await begun(change)
      const asked = new Set(namesIn(change.input))
      const common = () => ({ durationMs: clock.monotonic() - startedMs, sum: null })
      return {
        done: output =>
          end(id, {
            ...common(),
            outcome: 'ok',
            code: null,
            requestId: requestIdOf(output),
            // What was asked for by name is no news.
            made: namesIn(output).filter(name => !asked.has(name)),
          }),
        failed: error =>
          end(id, {
            ...common(),
            outcome: 'failed',
            code: codeOf(error),
            requestId: requestIdOf(error),
            made: [],
          }),
      }
    },
    refused(change, error) {
      const id = newId()
      try {
        file.append({ t: 'begin', ...intentOf(change, id, at()) })
      } catch (failure) {
        // Nothing was sent, so nothing is missing from what was done.
        log(`The audit log does not take a refusal: ${String(failure)}`)
        return
      }
      const ended = { outcome: 'refused', requestId: null, durationMs: 0, sum: null } as const
      end(id, { ...ended, made: [], code: codeOf(error) })
    },
  }
}

const NOTHING: AuditSum = { requests: 0, records: 0, notTaken: 0, failed: 0 }

const added = (sum: AuditSum, more: Partial<AuditSum>): AuditSum => ({
  requests: sum.requests + (more.requests ?? 0),
  records: sum.records + (more.records ?? 0),
  notTaken: sum.notTaken + (more.notTaken ?? 0),
  failed: sum.failed + (more.failed ?? 0),
})

function intentOf({ target, standing, account, who, action, service, call, input }: Change, id: string, at: string) {
  return {
    id,
    at,
    target: target.id,
    kind: target.kind,
    accountClass: standing.accountClass,
    account,
    region: target.region,
    profile: target.profile ?? null,
    who,
    operation: action?.operation ?? null,
    action: action?.name ?? null,
    pipeline: action?.pipeline ?? null,
    unlocked: action?.unlocked ?? false,
    service: service?.toLowerCase() ?? null,
    call,
    resources: call === null ? [] : [...namesIn(input), ...sqlIn(input)],
  } satisfies AuditIntent
}

const recordsIn = (input: unknown): number => {
  const { Records } = input as { Records?: unknown[] }
  return Records?.length ?? 0
}
const notTakenIn = (output: unknown): number => (output as { FailedRecordCount?: number }).FailedRecordCount ?? 0

function requestIdOf(value: unknown): string | null {
  const { $metadata } = (value ?? {}) as { $metadata?: { requestId?: string } }
  return $metadata?.requestId ?? null
}

/** The service's own code, which the SDK gives as the error's name. */
function codeOf(error: unknown): string {
  if (error instanceof ExpectedError) return error.error.reason ?? error.error.code
  return error instanceof Error ? error.name : 'unknown'
}
