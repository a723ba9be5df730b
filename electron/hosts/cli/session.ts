import { servicesOf } from '../../../shared/features/services.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { type DownFrame, ExpectedError, type Link, type Result, type UpFrame } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { openCore } from '../open-core.ts'

export type Session = Awaited<ReturnType<typeof openSession>>

/** Core in this process, reached over the in-memory link as a page would reach it. */
export async function openSession(options: { data: string; endpoint: string; keepHistory: boolean }) {
  const core = await openCore(options)
  const link = memoryLink()
  serve(core.services, link.core, toAppError)
  const connection = connect(link.page)
  return {
    ...servicesOf(connection),
    /** Lets a page in on the same core: it sees what this session does. */
    serve: (page: Link<DownFrame, UpFrame>) => serve(core.services, page, toAppError),
    async close() {
      connection.close()
      await core.close()
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
