import { ListStepsCommand } from '@aws-sdk/client-emr'
import type {
  ArtifactsState,
  artifactsContract,
  DeployedVersion,
  FileChange,
  FileDiff,
} from '../../../shared/features/artifacts.ts'
import { planFile } from '../../../shared/job/arguments.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import { findClusters } from '../clusters/find-cluster.ts'
import { artifactsBucket, fileNames, readPointer, readText, readVersion } from '../deployed/versions.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { isDeployed } from '../wheelhouse/put-wheelhouse.ts'
import { wheelhouseOf } from '../wheelhouse/wheelhouse.ts'
import { listVersions } from './current-version.ts'
import { back, type DeployDeps, deploy } from './deploy.ts'
import { changesOf, linesOf, noLines } from './differences.ts'
import { type FileHere, filesHere } from './files-here.ts'

/** What a diff calls the files that a deploy would deploy. */
const HERE = 'here'

/**
 * Deploys what a pipeline needs in S3: dimensions, SQL, its plan, the job for Spark and its packages. By content: an
 * object is named by its hash and never written again; a version lists its objects; one pointer says which version is
 * current, and is written last, and only over what was read. So a job keeps what it was started with, to go back is one
 * write, and there is no moment in which half of a version is current. (With S3's own versions, each key would switch
 * at a time of its own, and a step would have to name a version of each object, which spark-submit cannot.)
 */
export function createArtifactsService(
  deps: DeployDeps & { contextOf: ContextOf },
): ServiceOf<typeof artifactsContract> {
  const { clock, project, contextOf } = deps
  return {
    state: async (scope, { signal }) => readState(deps, await contextOf(scope), signal),
    async diff({ from, to, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const [before, after] = await Promise.all([from, to].map(id => filesOf(deps, context, id, signal)))
      if (!before || !after) throw new Error('Both sides of a diff have files')
      const changes = changesOf(before.files, after.files)
      const files = await Promise.all(changes.map(change => withLines(context, change, before, after, signal)))
      return { from, to, at: new Date(clock.now()).toISOString(), files }
    },
    async *deploy({ shown, wheelhouse, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const brings = wheelhouse ?? context.target.packages === 'wheelhouse'
      yield* deploy({ clock, project, workTree: deps.workTree }, context, { shown, wheelhouse: brings }, signal)
    },
    async *back({ shown, to, ...scope }, { signal }) {
      const context = await contextOf(scope)
      yield* back(clock, context, { shown, to }, signal)
    },
  }
}

interface Side {
  files: DeployedVersion['files']
  here?: FileHere[]
}

async function filesOf(
  { project }: DeployDeps,
  context: PipelineContext,
  id: string | null | undefined,
  signal: AbortSignal,
): Promise<Side> {
  if (id === null || id === undefined) return { files: [] }
  if (id !== HERE) return readVersion(context, id, signal)
  const here = await filesHere(project, context)
  return { files: here, here }
}

async function withLines(
  context: PipelineContext,
  change: FileChange,
  before: Side,
  after: Side,
  signal: AbortSignal,
): Promise<FileDiff> {
  const why = noLines(change)
  if (why !== undefined) return { ...change, lines: null, why }
  const [old, now] = await Promise.all([before, after].map(side => textOf(context, side, change.name, signal)))
  if (old === undefined || now === undefined) return { ...change, lines: null, why: 'is no longer in the bucket' }
  return { ...change, ...linesOf(change, old, now) }
}

/** The text of a file of one side; empty where that side has none of this name. */
async function textOf(
  context: PipelineContext,
  { files, here }: Side,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const file = files.find(entry => entry.name === name)
  if (!file) return ''
  const body = here?.find(entry => entry.name === name)?.body
  return body ? body.toString('utf8') : (await readText(context, file.key, signal))?.text
}

async function readState(deps: DeployDeps, context: PipelineContext, signal: AbortSignal): Promise<ArtifactsState> {
  const [current, { versions, older }, here, steps] = await Promise.all([
    readPointer(context, signal),
    listVersions(context, signal),
    filesHere(deps.project, context),
    liveSteps(context, signal),
  ])
  const id = current?.pointer.version ?? null
  const deployed =
    id === null ? undefined : (versions.find(version => version.id === id) ?? (await readVersion(context, id, signal)))
  const wheelhouse = wheelhouseOf(context.spec)
  return {
    at: new Date(deps.clock.now()).toISOString(),
    bucket: artifactsBucket(context),
    current: id,
    since: current?.pointer.at ?? null,
    versions: deployed && !versions.includes(deployed) ? [...versions, deployed] : versions,
    older,
    changes: changesOf(deployed?.files ?? [], here),
    running: steps.map(step => ({ ...step.at, version: startedWith(context, step.arguments, versions) })),
    ...('none' in wheelhouse
      ? { wheelhouse: null, noWheelhouse: wheelhouse.none }
      : { wheelhouse: await wheelhouseState(context, wheelhouse, signal), noWheelhouse: null }),
  }
}

async function wheelhouseState(
  context: PipelineContext,
  wheelhouse: Exclude<ReturnType<typeof wheelhouseOf>, { none: string }>,
  signal: AbortSignal,
) {
  const { id, python, architecture, wheels, sizeBytes } = wheelhouse
  const [cached, deployed] = await Promise.all([
    context.wheels?.cached(wheels),
    isDeployed(context, wheelhouse, signal),
  ])
  const needed = context.target.packages === 'wheelhouse'
  return {
    id,
    python,
    architecture,
    wheels: wheels.length,
    sizeBytes,
    needed,
    cached: cached?.length ?? null,
    deployed,
  }
}

/** Steps that are pending or run on the pipeline's clusters. */
async function liveSteps(context: PipelineContext, abortSignal: AbortSignal) {
  const clusters = await findClusters(context, abortSignal)
  const found = await Promise.all(
    clusters.map(async ({ Id: ClusterId = '' }) => {
      const asked = new ListStepsCommand({ ClusterId, StepStates: ['PENDING', 'RUNNING', 'CANCEL_PENDING'] })
      const { Steps = [] } = await context.aws.emr.send(asked, { abortSignal })
      return Steps.map(step => ({
        at: { stepId: step.Id ?? '', clusterId: ClusterId },
        arguments: step.Config?.Args ?? [],
      }))
    }),
  )
  return found.flat().filter(step => step.arguments.includes('--plan'))
}

/** The newest version whose plan and scripts are the ones that a step names. */
function startedWith(
  { spec }: PipelineContext,
  args: readonly string[],
  versions: readonly DeployedVersion[],
): string | null {
  const plan = fileNames.script(planFile(spec.id, spec.job.query))
  const named = (key: string) => args.some(argument => argument.endsWith(`/${key}`))
  const isSpark = args.includes('--py-files')
  const found = versions.find(({ files }) =>
    files.every(({ name, key }) => (name === plan || (isSpark && /\.(?:py|zip)$/.test(name)) ? named(key) : true)),
  )
  return found?.id ?? null
}
