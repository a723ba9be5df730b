import { compileDdl, type SqlFile } from '../../../shared/pipelines/compile/redshift/ddl.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/**
 * The files of a pipeline's DDL as they run: the author's, with what the compiler adds.
 * @throws Error that says where a file is not what the spec says; the list of pipelines says it before
 */
export async function pipelineDdl({ spec, files }: Pick<PipelineContext, 'spec' | 'files'>): Promise<SqlFile[]> {
  const written = await Promise.all(spec.sink.ddl.map(async file => ({ file, text: await files.text(`sql/${file}`) })))
  const compiled = compileDdl(spec, written)
  if (compiled.problems.length > 0)
    throw new Error(`The DDL of ${spec.id} cannot run:\n${compiled.problems.join('\n')}`)
  return compiled.files
}
