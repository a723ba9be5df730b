import { ListBootstrapActionsCommand } from '@aws-sdk/client-emr'
import { artifactsBucket } from '../deployed/versions.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { type Wheelhouse, wheelhouseOf } from './wheelhouse.ts'

/** What Sluice's bootstrap action is called among those of a cluster. */
export const BOOTSTRAP_ACTION = 'Sluice packages'
/** Which of its arguments is the wheelhouse's id (bootstrap-script.ts). */
const ID_AT = 2

/** The packages that the pipeline brings to its cluster; undefined where the target has its own. */
export function broughtWheelhouse({ spec, target }: PipelineContext): Wheelhouse | undefined {
  if (target.packages !== 'wheelhouse') return undefined
  const wheelhouse = wheelhouseOf(spec)
  return 'none' in wheelhouse ? undefined : wheelhouse
}

/** The arguments of the bootstrap action, as its script takes them. */
export const bootstrapArguments = (context: PipelineContext, { list, id, python }: Wheelhouse): string[] => [
  artifactsBucket(context),
  list.key,
  id,
  python,
]

/** The wheelhouse that a cluster's bootstrap action installed; undefined where it was launched without one. */
export async function installedWheelhouse(
  { aws }: PipelineContext,
  ClusterId: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  let Marker: string | undefined
  do {
    const page = await aws.emr.send(new ListBootstrapActionsCommand({ ClusterId, ...(Marker && { Marker }) }), {
      abortSignal,
    })
    const ours = page.BootstrapActions?.find(({ Name }) => Name === BOOTSTRAP_ACTION)
    if (ours) return ours.Args?.[ID_AT]
    Marker = page.Marker
  } while (Marker)
  return undefined
}
