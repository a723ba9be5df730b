import { join } from 'node:path'
import { CreateStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHistoryStore, type HistoryStore } from '../../../electron/core/history/store.ts'
import { all, openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let history: HistoryStore
let opened: Awaited<ReturnType<typeof openCoreHere>>

beforeEach(async () => {
  folder = await temporaryFolder()
  history = createHistoryStore({ file: join(folder.path, 'history.duckdb'), now: Date.now, log: () => undefined })
  opened = await openCoreHere({ history })
})
afterEach(async () => {
  await opened.close()
  await folder.remove()
})

it('a reshard is an event of the history in the words of the source, with what came of it', async () => {
  const { core, aws, spec } = opened
  const StreamName = spec.source.stream
  await aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await waitUntilStreamExists({ client: aws.kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName })
  const [begun] = await all(core.stream.repartition({ ...SCOPE, partitions: 2 }))
  expect(begun).toMatchObject({ title: `Reshard ${StreamName} to 2 shards`, detail: 'from 1 open shards' })
  const events = value(await core.history.events({ ...SCOPE, fromMs: 0, toMs: Date.now() + 60_000, limit: 10 }))
  expect(events).toMatchObject([{ title: `Reshard ${StreamName} to 2 shards: done`, detail: '2 open shards' }])
})
