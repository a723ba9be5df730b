import { expect, it } from 'vitest'
import { probes } from '../../../electron/core/lag/probe.ts'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createKinesisSources } from '../../../electron/core/sources/kinesis/kinesis-source.ts'
import { createReadBudget } from '../../../electron/core/sources/read-budget.ts'

it('a probe reads nothing on an AWS account that nobody agreed to', async () => {
  const calls: string[] = []
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined }
  const kinesis = {
    send: async (command: object) => {
      calls.push(command.constructor.name)
      return { ShardIterator: 'i' }
    },
  }
  const context = {
    target: { kind: 'aws', id: 'prod', title: 'prod' },
    spec: { source: { stream: 'orders' } },
    aws: { kinesis, kinesisOnce: kinesis },
  } as unknown as PipelineContext
  const probing = (agreed: boolean) =>
    probes(
      context,
      { clock, budget: createReadBudget(clock), source: createKinesisSources(clock)(context) },
      { position: { kind: 'offset', partitionId: 's', offset: '1' }, everyMs: 5_000, agreed },
      new AbortController().signal,
    )
  await expect(probing(false).next()).rejects.toMatchObject({
    error: { code: 'conflict' },
    message: expect.stringContaining('5 reads a second'),
  })
  expect(calls).toEqual([])
  await probing(true).next()
  expect(calls).toEqual(['GetShardIteratorCommand', 'GetRecordsCommand'])
})
