import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

const Entry = z.object({ at: z.string(), id: z.string(), event: z.enum(['creating', 'created', 'destroyed']) })

/**
 * What Sluice made, written before the call that makes it: a kill in between leaves a resource that is known as made here, and destroy may
 * remove that and nothing else.
 */
export interface ProvisionJournal {
  madeHere(): Promise<ReadonlySet<string>>
  write(id: string, event: z.output<typeof Entry>['event'], at: string): Promise<void>
}

export function provisionJournal(file: string): ProvisionJournal {
  return {
    async madeHere() {
      const made = new Set<string>()
      for (const line of (await readLines(file)).filter(Boolean)) {
        const { id, event } = Entry.parse(JSON.parse(line))
        if (event === 'destroyed') made.delete(id)
        else made.add(id)
      }
      return made
    },
    async write(id, event, at) {
      await mkdir(dirname(file), { recursive: true })
      await appendFile(file, `${JSON.stringify({ at, id, event })}\n`)
    },
  }
}

/** Whole lines: one that a kill cut short was not followed by its call. */
async function readLines(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
