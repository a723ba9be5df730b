import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Target } from '../../shared/features/targets.ts'
import type { Pipeline } from '../../shared/pipelines/pipeline.ts'
import type { AwsClients } from './targets/clients.ts'
import type { Polls } from './targets/polls.ts'
import type { WheelStore } from './wheelhouse/wheel-store.ts'

/** What a service needs to work on one pipeline in one target. */
export interface PipelineContext {
  target: Target
  spec: Pipeline
  aws: AwsClients
  /** How often the target's things are asked for. */
  polls: Polls
  /** The folder where core keeps what it knows of this pipeline in this target (journals, counters). */
  stateDir: string
  files: SpecFiles
  /** Wheels on this machine; a host that cannot fetch any has none. */
  wheels?: WheelStore | undefined
}

/** The files that a spec names, of the folder that it came from. */
export interface SpecFiles {
  /** The spec's own path, as its user knows it. */
  spec: string
  /** The text of one, by its path that begins with `sql/` or `dims/`. */
  text(path: string): Promise<string>
}

/**
 * Finds the context of a request; made once in the composition root and handed to every service.
 * @throws ExpectedError `not_found` that lists the known targets or pipelines
 */
export type ContextOf = (scope: PipelineScope) => Promise<PipelineContext>

/** Files of the project, by their paths below its root. */
export interface ProjectFiles {
  /** The text of one. */
  file(path: string): Promise<string>
  /** The paths of all below a folder. */
  list(folder: string): Promise<string[]>
}
