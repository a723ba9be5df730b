import type { Cluster, RunJobFlowCommandInput } from '@aws-sdk/client-emr'
import { artifactsBucket } from '../../deployed/versions.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import {
  BOOTSTRAP_ACTION,
  bootstrapArguments,
  broughtWheelhouse,
  installedWheelhouse,
} from '../../wheelhouse/bootstrap-action.ts'
import { clusterPython } from '../../wheelhouse/bootstrap-script.ts'
import { type Members, NOT_SET } from '../resource.ts'
import { wheelhouseId } from './wheelhouse.ts'

interface Bootstrap {
  must: Members
  dependsOn: string[]
  read: string[]
  launch: Pick<RunJobFlowCommandInput, 'BootstrapActions' | 'Configurations'>
}

/**
 * What a cluster has of the packages of its job: the bootstrap action that installs them on each machine, and which
 * Python Spark starts (EMR Release Guide, classification spark-env). Nothing where the target has packages of its own.
 */
export function bootstrapOf(context: PipelineContext): Bootstrap {
  const wheelhouse = broughtWheelhouse(context)
  if (!wheelhouse) return { must: {}, dependsOn: [], read: [], launch: {} }
  const Path = `s3://${artifactsBucket(context)}/${wheelhouse.script.key}`
  const PYSPARK_PYTHON = clusterPython(wheelhouse.id)
  return {
    must: { packages: wheelhouse.id },
    dependsOn: [wheelhouseId(wheelhouse)],
    read: ['elasticmapreduce:ListBootstrapActions'],
    launch: {
      BootstrapActions: [
        {
          Name: BOOTSTRAP_ACTION,
          ScriptBootstrapAction: { Path, Args: bootstrapArguments(context, wheelhouse) },
        },
      ],
      Configurations: [
        {
          Classification: 'spark-env',
          Configurations: [{ Classification: 'export', Properties: { PYSPARK_PYTHON } }],
        },
      ],
    },
  }
}

/** The same of a cluster that is there. */
export async function bootstrapMembers(
  context: PipelineContext,
  { Id = '' }: Cluster,
  signal: AbortSignal,
): Promise<Members> {
  if (!broughtWheelhouse(context)) return {}
  return { packages: (await installedWheelhouse(context, Id, signal)) ?? NOT_SET }
}
