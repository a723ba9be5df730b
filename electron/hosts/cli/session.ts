import { servicesOf } from '../../../shared/features/services.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { ExpectedError, type Result } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { addSpecFolders } from '../core-access/add-folders.ts'
import { type CoreAccessOptions, openCoreAccess } from '../core-access/core-access.ts'
import { type UnlockOptions, unlockBy } from './unlock.ts'

export type Session = Awaited<ReturnType<typeof openSession>>

/** The folder's core, here or in the program that holds it, reached as a page would reach it. */
export async function openSession({
  pipelines,
  unlock,
  ...options
}: CoreAccessOptions & { pipelines: readonly string[] } & UnlockOptions) {
  const access = await openCoreAccess(options)
  try {
    await addSpecFolders(access, pipelines)
  } catch (error) {
    await access.close()
    throw error
  }
  const link = memoryLink()
  access.link(link.core)
  const connection = connect(link.page, {
    unlock: unlockBy({ ...(unlock !== undefined && { unlock }) }, () => services),
  })
  const services = servicesOf(connection)
  return {
    ...services,
    /** Lets a page in on the same core: it sees what this session does. */
    serve: access.link,
    /** Whether another program holds the core that is used. */
    isJoined: () => access.joined() !== undefined,
    /** Says to others where this session's console is open. */
    setAddress: access.setAddress,
    async close() {
      connection.close()
      await access.close()
    },
  }
}

/** The value of a result; a failure is thrown as the ExpectedError that it was. */
export function take<T>(result: Result<T>): T {
  if (!result.ok) throw new ExpectedError(result.error)
  return result.value
}

/** The items of a stream; its failure is thrown. */
export async function* takeEach<T>(results: AsyncIterable<Result<T>>): AsyncGenerator<T> {
  for await (const result of results) yield take(result)
}
