import { servicesOf } from '../../../shared/features/services.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { ExpectedError, type Result } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { type CoreAccessOptions, type OwnCore, openCoreAccess } from '../core-access/core-access.ts'
import { openCore } from '../open-core.ts'

export type Session = Awaited<ReturnType<typeof openSession>>

/** The folder's core, here or in the program that holds it, reached as a page would reach it. */
export async function openSession(options: CoreAccessOptions) {
  const access = await openCoreAccess(options)
  const link = memoryLink()
  access.link(link.core)
  const connection = connect(link.page)
  return {
    ...servicesOf(connection),
    /** Lets a page in on the same core: it sees what this session does. */
    serve: access.link,
    /** Says to others where this session's console is open. */
    setAddress: access.setAddress,
    async close() {
      connection.close()
      await access.close()
    },
  }
}

/** Core in this process on a sandbox, with what is to be done after its end. */
export async function openOwnCore(
  options: Parameters<typeof openCore>[0],
  afterwards: () => Promise<void> = async () => undefined,
): Promise<OwnCore & { programsChanged: () => void }> {
  const core = await openCore(options)
  return {
    programsChanged: core.programsChanged,
    serve: page => serve(core.services, page, toAppError),
    async close() {
      await core.close()
      await afterwards()
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
