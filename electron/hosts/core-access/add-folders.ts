import { pipelinesContract } from '../../../shared/features/pipelines.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import type { CoreAccess } from './core-access.ts'

/**
 * Adds folders of specs to the core that is used, until that one ends: also to the core of another program, which knows
 * nothing of this one's command line.
 * @throws ExpectedError where there is no such folder
 */
export async function addSpecFolders(access: Pick<CoreAccess, 'link'>, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return
  const link = memoryLink()
  access.link(link.core)
  const connection = connect(link.page)
  try {
    const pipelines = connection.client('pipelines', pipelinesContract)
    for (const path of paths) {
      const added = await pipelines.addFolder({ path, keep: false })
      if (!added.ok) throw new ExpectedError(added.error)
    }
  } finally {
    connection.close()
  }
}
