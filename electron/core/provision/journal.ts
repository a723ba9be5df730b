import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { StateCare } from '../../../shared/state/damage.ts'
import { openLineLog } from '../../../shared/state/line-log.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'

const Entry = z.object({ at: z.string(), id: z.string(), event: z.enum(['creating', 'created', 'destroyed']) })

/**
 * What Sluice made, written before the call that makes it: a kill in between leaves a resource that is known as made
 * here, and destroy may remove that and nothing else.
 */
export interface ProvisionJournal {
  madeHere(): ReadonlySet<string>
  /** Resolves when it is on disk, however long that takes: the call that it is about must not come before. */
  write(id: string, event: z.output<typeof Entry>['event'], at: string, signal: AbortSignal): Promise<void>
}

export function provisionJournal(file: string, care: StateCare): ProvisionJournal {
  const lost =
    'which resources were made here: those whose lines are lost stay when the pipeline is destroyed, and are to ' +
    'be removed by hand'
  const open = () => openLineLog(file, { schema: Entry, care, lost, canGoOn: true })
  return {
    madeHere() {
      const made = new Set<string>()
      if (!existsSync(file)) return made
      for (const { id, event } of open().entries) {
        if (event === 'destroyed') made.delete(id)
        else made.add(id)
      }
      return made
    },
    write: (id, event, at, signal) =>
      whenRoom(
        care,
        () => {
          mkdirSync(dirname(file), { recursive: true })
          open().log.append({ at, id, event })
        },
        { signal },
      ),
  }
}
