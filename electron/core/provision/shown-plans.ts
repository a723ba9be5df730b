import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PLANS_KEPT, Plan } from '../../../shared/features/provision.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'

/** The newest plans of a pipeline that anybody was shown: one program shows a plan, and another one applies it. */
export interface ShownPlans {
  keep(plan: Plan): void
  /** @throws ExpectedError `not_found` */
  find(id: string): Plan
}

const SUFFIX = '.json'

/** A file a plan, named by its id. A disk that takes none is reported; the plan is as good, and can be shown again. */
export function shownPlans(folder: string, care: StateCare): ShownPlans {
  const fileOf = (id: string): string => join(folder, `${id}${SUFFIX}`)
  return {
    keep(plan) {
      try {
        mkdirSync(folder, { recursive: true })
        writeJsonFile(fileOf(plan.id), plan)
        for (const file of outdated(folder)) rmSync(file, { force: true })
      } catch (error) {
        if (care.trouble(error) === undefined) throw error
      }
    },
    find(id) {
      const lost = 'a plan that was shown; it can be made again'
      const plan = readJsonFile(fileOf(id), { schema: Plan, care, lost, canGoOn: true })
      if (plan) return plan
      throw new ExpectedError({
        code: 'not_found',
        message: `No plan ${id} is kept of this pipeline: only the ${PLANS_KEPT} that were shown last are.`,
        hint: 'Refresh the plan, and apply the new one by its id.',
        retryable: false,
      })
    },
  }
}

/** All but the newest; what is damaged has another name, and stays. */
function outdated(folder: string): string[] {
  const files = readdirSync(folder)
    .filter(name => name.endsWith(SUFFIX))
    .map(name => join(folder, name))
    .map(file => ({ file, ms: statSync(file).mtimeMs }))
  files.sort((one, other) => other.ms - one.ms)
  return files.slice(PLANS_KEPT).map(({ file }) => file)
}
