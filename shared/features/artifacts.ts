import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/** A file of a version, and the object that holds it. The key has the content's hash in it: nothing replaces it. */
export const DeployedFile = z.object({
  /** What it is asked for by, in every version: `pyspark_script/main.py`. */
  name: z.string(),
  /** The path below the project that it was made from. */
  source: z.string(),
  key: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
})
export type DeployedFile = z.infer<typeof DeployedFile>

/** What was deployed at once. Written once, and never changed. */
export const DeployedVersion = z.object({
  format: z.literal(1),
  /** When it was deployed, and of what content: `20261201T163000123Z-1f2e3d4c`. */
  id: z.string(),
  pipeline: z.string(),
  at: z.iso.datetime(),
  /** Whose credentials deployed it, as STS says. */
  by: z.string(),
  /** The commit of the work tree that it came from, and whether that had changes; null where there is none. */
  commit: z.object({ id: z.string(), changed: z.boolean() }).nullable(),
  /** The version that was current before; null for the first one. */
  before: z.string().nullable(),
  files: z.array(DeployedFile),
  /** The packages that are deployed with it; null where the target has its own. */
  wheelhouse: z.string().nullable(),
})
export type DeployedVersion = z.infer<typeof DeployedVersion>

export const FileChange = z.object({
  name: z.string(),
  source: z.string(),
  state: z.enum(['added', 'changed', 'removed', 'same']),
  before: z.object({ sizeBytes: z.int(), sha256: z.string() }).nullable(),
  after: z.object({ sizeBytes: z.int(), sha256: z.string() }).nullable(),
})
export type FileChange = z.infer<typeof FileChange>

/** A change with its lines: those of a unified diff; null with the reason where there are none to show. */
export const FileDiff = FileChange.extend({ lines: z.array(z.string()).nullable(), why: z.string().nullable() })
export type FileDiff = z.infer<typeof FileDiff>

/** The Python packages of a job on EMR: what its cluster's bootstrap action installs. */
export const Wheelhouse = z.object({
  id: z.string(),
  python: z.string(),
  architecture: z.string(),
  wheels: z.int(),
  sizeBytes: z.int(),
  /** Whether the target's clusters get their packages by it. */
  needed: z.boolean(),
  /** How many of the wheels are on this machine already; null where this host cannot say. */
  cached: z.int().nullable(),
  /** Whether all of it is in the bucket. */
  deployed: z.boolean(),
})
export type Wheelhouse = z.infer<typeof Wheelhouse>

export const ArtifactsState = z.object({
  at: z.iso.datetime(),
  bucket: z.string(),
  /** The id of the current version; null where nothing is deployed. */
  current: z.string().nullable(),
  /** When it became that. */
  since: z.iso.datetime().nullable(),
  /** Newest first. */
  versions: z.array(DeployedVersion),
  /** How many older ones there are that are not listed. */
  older: z.int(),
  /** What a deploy now would change of the current version. */
  changes: z.array(FileChange),
  /** Streaming steps that are pending or run, with the version whose files they were started with, if it is listed. */
  running: z.array(z.object({ stepId: z.string(), clusterId: z.string(), version: z.string().nullable() })),
  wheelhouse: Wheelhouse.nullable(),
  /** Why there is no wheelhouse. */
  noWheelhouse: z.string().nullable(),
})
export type ArtifactsState = z.infer<typeof ArtifactsState>

const Basis = {
  /** The version that was current when the diff was shown: another one refuses the work. Left out, any will do. */
  shown: z.string().nullable().optional(),
}

export const artifactsContract = {
  /** What is deployed, what was, and how what is here differs from it. */
  state: call(PipelineScope, ArtifactsState),
  /** How two versions differ; `here` is what a deploy would deploy, and `null` nothing at all. */
  diff: call(
    PipelineScope.extend({ from: z.string().nullable(), to: z.string() }),
    z.object({ from: z.string().nullable(), to: z.string(), at: z.iso.datetime(), files: z.array(FileDiff) }),
  ),
  /** Uploads what the bucket has not, and then makes it the current version. */
  deploy: stream(
    PipelineScope.extend({
      ...Basis,
      /** Deploys the wheelhouse, too, where the target has packages of its own. */
      wheelhouse: z.boolean().optional(),
    }),
    WorkEvent,
    { overflow: 'wait' },
  ),
  /** Makes another version current: the one that was before the current one, unless one is named. */
  back: stream(PipelineScope.extend({ ...Basis, to: z.string().optional() }), WorkEvent, { overflow: 'wait' }),
}
