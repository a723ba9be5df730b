import { expect, it } from 'vitest'
import { probes } from '../../../electron/core/lag/probe.ts'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createReadBudget } from '../../../electron/core/sources/read-budget.ts'

it('a probe reads nothing on an AWS account that nobody agreed to', async () => {
  const calls: string[] = []
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined }
  const context = {
    target: { kind: 'aws', id: 'prod', title: 'prod' },
    spec: { source: { stream: 'orders' } },
    aws: { kinesis: { send: async (command: object) => void calls.push(command.constructor.name) } },
  } as unknown as PipelineContext
  const looks = (agreed: boolean) =>
    probes(
      context,
      { clock, budget: createReadBudget(clock) },
      { position: { kind: 'sequence', shardId: 's', sequenceNumber: '1' }, everyMs: 5_000, agreed },
      new AbortController().signal,
    )
  await expect(looks(false).next()).rejects.toMatchObject({
    error: { code: 'conflict' },
    message: expect.stringContaining('five reads a second'),
  })
  expect(calls).toEqual([])
  await looks(true).next()
  expect(calls).toEqual(['GetShardIteratorCommand'])
})
