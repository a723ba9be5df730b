import { parseSpec } from './parse-spec.ts'
import type { Pipeline } from './pipeline.ts'
import { resolvePipeline } from './resolve-pipeline.ts'
import type { PipelineSpec } from './spec/spec.ts'

/** A file of specs: its text, or why it could not be read. */
export type SpecFile = { file: string } & ({ text: string } | { problem: string })

/** One file of specs: a pipeline that can run, one whose parts are not built yet, or a file that cannot be read. */
export type SpecEntry =
  | { kind: 'ready'; file: string; spec: PipelineSpec; pipeline: Pipeline }
  | { kind: 'incomplete'; file: string; spec: PipelineSpec; missing: string[] }
  | { kind: 'unreadable'; file: string; problem: string }

/**
 * Reads specs from the texts of their files, in this order. One that cannot be read harms no other; an id that an
 * earlier file has is a problem of the later one.
 */
export function readSpecs(files: readonly SpecFile[]): SpecEntry[] {
  const fileOf = new Map<string, string>()
  return files.map(read => {
    const { file } = read
    if ('problem' in read) return { kind: 'unreadable', file, problem: read.problem }
    try {
      const spec = parseSpec(read.text, file)
      const earlier = fileOf.get(spec.id)
      if (earlier !== undefined) return { kind: 'unreadable', file, problem: sameId(file, spec.id, earlier) }
      fileOf.set(spec.id, file)
      return { ...resolvePipeline(spec), file, spec }
    } catch (error) {
      return { kind: 'unreadable', file, problem: error instanceof Error ? error.message : String(error) }
    }
  })
}

const sameId = (file: string, id: string, earlier: string): string =>
  `${file} has the id ${id}, which ${earlier} has too. Give it an "id" of its own.`
