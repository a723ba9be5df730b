import { artifactsBucket } from '../../deployed/versions.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { broughtWheelhouse } from '../../wheelhouse/bootstrap-action.ts'
import { isDeployed, putWheelhouse } from '../../wheelhouse/put-wheelhouse.ts'
import type { Wheelhouse } from '../../wheelhouse/wheelhouse.ts'
import type { Resource } from '../resource.ts'

export const wheelhouseId = ({ id }: Wheelhouse): string => `wheelhouse:${id}`

/**
 * The packages of the job in the artifacts' bucket: a cluster is launched once they are there, as its bootstrap action
 * has nothing else to install from. Another list of packages is another resource; the bucket takes all away with it.
 */
export function wheelhouseResources(context: PipelineContext): Resource[] {
  const wheelhouse = broughtWheelhouse(context)
  if (!wheelhouse) return []
  const { id, python, architecture, wheels, sizeBytes } = wheelhouse
  const must = {
    python: `${python} on ${architecture}`,
    wheels: `${wheels.length}, ${Math.round(sizeBytes / 2 ** 20)} MiB`,
  }
  return [
    {
      id: wheelhouseId(wheelhouse),
      kind: 'wheelhouse',
      name: id,
      dependsOn: [`bucket:${artifactsBucket(context)}`],
      must,
      permissions: { read: ['s3:GetObject'], create: ['s3:GetObject', 's3:PutObject'], change: () => [], destroy: [] },
      read: async signal => ((await isDeployed(context, wheelhouse, signal)) ? must : undefined),
      async *create(signal) {
        for await (const { doing } of putWheelhouse(context, wheelhouse, signal)) yield doing
      },
      // An object of its key is never another one.
      change: nothing,
      // It goes with its bucket.
      destroy: nothing,
    },
  ]
}

async function* nothing(): AsyncGenerator<string> {
  yield* []
}
