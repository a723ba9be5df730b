import { isAbsolute } from 'node:path'
import type { pipelinesContract } from '../../../shared/features/pipelines.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Catalog } from './catalog.ts'

/** The pipelines that there are, and the folders that they come from. */
export function createPipelinesService(catalog: Catalog): ServiceOf<typeof pipelinesContract> {
  return {
    list: () => catalog.list(),
    async addFolder({ path, keep }) {
      if (!isAbsolute(path))
        throw new ExpectedError({
          code: 'invalid_input',
          message: `${path} is not a whole path.`,
          hint: 'Begin it with the root of the file system, for instance /home/me/pipelines.',
          retryable: false,
        })
      return catalog.add(path, keep)
    },
    removeFolder: ({ path }) => catalog.remove(path),
  }
}
