import { CreateStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import type { Clock } from '../../../electron/core/clock/clock.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { clientsOfTest } from '../../fixture/clients-of-test.ts'
import { ACCESS_KEY, foodDelivery, openCore, openSandboxHere, sandboxTarget } from '../../fixture/open-core.ts'

/** Core on a sandbox that has the pipeline's stream, of one shard, and nothing else of it. */
export async function openCoreOnAStream(
  options: { clock?: Clock; sandbox?: Parameters<typeof openSandboxHere>[0] } = {},
) {
  const sandbox = await openSandboxHere(options.sandbox)
  const target = sandboxTarget(sandbox.endpoint)
  const spec = await foodDelivery()
  const core = openCore({ target, spec, folder: sandbox.folder, clock: options.clock ?? systemClock })
  const aws = clientsOfTest(target, ACCESS_KEY)
  const StreamName = spec.source.stream
  await aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await waitUntilStreamExists({ client: aws.kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName })
  return {
    core,
    aws,
    StreamName,
    async close() {
      aws.close()
      await core.close()
      await sandbox.close()
    },
  }
}
