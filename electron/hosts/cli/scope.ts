import { defaultPipeline, isReady, type ReadyPipeline } from '../../../shared/features/pipelines.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { type Session, take } from './session.ts'

/**
 * The pipeline that a command is about: the one that is named, else the first that can run, and then it is said which
 * others there are.
 * @throws ExpectedError where none can run
 */
export async function pipelineOf(
  session: Session,
  named: string | undefined,
  say: (line: string) => void,
): Promise<{ scope: PipelineScope; pipeline: ReadyPipeline | undefined }> {
  const ready = take(await session.pipelines.list({})).pipelines.filter(isReady)
  const scopeOf = (pipeline: string): PipelineScope => ({ target: 'sandbox', pipeline })
  // What cannot run, core itself refuses, with the reason.
  if (named !== undefined) return { scope: scopeOf(named), pipeline: ready.find(({ id }) => id === named) }
  const chosen = defaultPipeline(ready)
  if (!chosen)
    throw new ExpectedError({
      code: 'not_found',
      message: 'There is no pipeline that can run.',
      hint: '"sluice pipelines" says what each one is missing.',
      retryable: false,
    })
  const others = ready.filter(({ id }) => id !== chosen.id).map(({ id }) => id)
  if (others.length > 0) say(`This is ${chosen.id}. With --pipeline ID: ${others.join(', ')}.`)
  return { scope: scopeOf(chosen.id), pipeline: chosen }
}
