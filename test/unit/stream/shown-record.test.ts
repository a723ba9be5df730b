import { expect, it } from 'vitest'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { createKinesisSources } from '../../../electron/core/sources/kinesis/kinesis-source.ts'
import { shownRecord } from '../../../electron/core/stream/records.ts'
import { aggregate } from '../../fixture/kpl.ts'

const source = createKinesisSources({ now: () => 0, monotonic: () => 0, sleep: async () => undefined })({
  spec: { source: { stream: 'orders' } },
} as PipelineContext)
const shown = (data: Uint8Array) => shownRecord({ offset: '7', key: 'a', data, arrivedMs: 0 }, source.unpack)
const user = (data: string | Uint8Array) => ({
  partitionKey: 'k',
  explicitHashKey: undefined,
  data: Buffer.from(data as Uint8Array),
})

it('a record is shown as its text, and as base64 where it is none', () => {
  expect(shown(Buffer.from('{"a":"\u00fc"}'))).toMatchObject({
    text: '{"a":"\u00fc"}',
    encoding: 'utf8',
    aggregateOf: null,
  })
  expect(shown(Buffer.from([0xff]))).toMatchObject({ text: '/w==', encoding: 'base64', aggregateOf: null })
})

it('an aggregate is shown as the records that it holds, and sized as Kinesis counts it', () => {
  const data = aggregate([user('{"a":1}'), user('{"a":2}')])
  expect(shown(data)).toMatchObject({
    text: '{"a":1}\n{"a":2}',
    encoding: 'utf8',
    aggregateOf: 2,
    sizeBytes: data.length + 1,
  })
  expect(shown(aggregate([user('x'), user(Buffer.from([0xff]))]))).toMatchObject({
    text: 'eA==\n/w==',
    encoding: 'base64',
    aggregateOf: 2,
  })
})

it('a damaged aggregate is what it is', () => {
  const data = aggregate([user('x')])
  data[data.length - 1] = (data[data.length - 1] ?? 0) ^ 1
  expect(shown(data)).toMatchObject({ text: data.toString('base64'), encoding: 'base64', aggregateOf: null })
})
