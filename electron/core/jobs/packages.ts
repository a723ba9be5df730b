import type { Engine } from '../../../shared/job/engine.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { CurrentFiles } from '../deployed/versions.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { broughtWheelhouse, installedWheelhouse } from '../wheelhouse/bootstrap-action.ts'
import { wheelhouseOf } from '../wheelhouse/wheelhouse.ts'

/**
 * What the machines of a cluster have of the packages that the deployed job needs, in a line; undefined where the
 * target has packages of its own.
 * @throws ExpectedError `conflict` where the step would end with exit code 3
 */
export async function admitPackages(
  context: PipelineContext,
  engine: Engine,
  { version }: CurrentFiles,
  clusterId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (engine !== 'spark' || context.target.packages !== 'wheelhouse') return undefined
  const brought = broughtWheelhouse(context)
  if (!brought) {
    const found = wheelhouseOf(context.spec)
    throw refused(`The job cannot run on ${clusterId}.`, 'none' in found ? found.none : '')
  }
  const needed = version.wheelhouse ?? brought.id
  const installed = await installedWheelhouse(context, clusterId, signal)
  if (installed === needed) return `${needed} are installed`
  const found =
    installed === undefined ? 'was launched without the packages of the job' : `has the packages ${installed}`
  throw refused(
    `Cluster ${clusterId} ${found}, and the deployed version ${version.id} needs ${needed}: its step would end with ` +
      'exit code 3.',
    needed === brought.id
      ? '"sluice plan" shows the cluster as one to be replaced, "sluice apply" replaces it: its steps end, and the ' +
          'checkpoint stays. Then start the job.'
      : 'Deploy the artifacts, so that the job is of the packages of now, or go back to a version that was deployed ' +
          'with those of the cluster.',
  )
}

const refused = (message: string, hint: string): ExpectedError =>
  new ExpectedError({ code: 'conflict', message, hint, retryable: false })
