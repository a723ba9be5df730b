import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSpec } from '../../../shared/pipelines/parse-spec.ts'
import { parsePipeline } from '../../../shared/pipelines/pipeline.ts'
import { provenanceColumns } from '../../../shared/pipelines/provenance.ts'
import { readSpecs } from '../../../shared/pipelines/read-specs.ts'
import { readPipeline, readSpec } from '../../fixture/read-pipeline.ts'

const FOLDER = new URL('../../../shared/pipelines/', import.meta.url)
const files = readdirSync(FOLDER)
  .filter(file => file.endsWith('.json'))
  .map(file => ({ file, text: readFileSync(new URL(file, FOLDER), 'utf8') }))
const foodDelivery = await readSpec('food-delivery')
const changed = (change: object): string => JSON.stringify({ ...foodDelivery, ...change })

const ALARM = { id: 'late', title: 'Late', of: 'lag', on: 'nothing', threshold: 1, unit: 'ms', forMinutes: 1 }

describe('the specs of the repository', () => {
  const entries = readSpecs(files)

  it('are five, and each of them parses', () => {
    expect(entries.map(entry => [entry.file, entry.kind])).toEqual([
      ['food-delivery.json', 'ready'],
      ['order-lifecycle.json', 'incomplete'],
      ['shop-analytics.json', 'incomplete'],
      ['smart-travel.json', 'incomplete'],
      ['user-signups.json', 'incomplete'],
    ])
  })

  it('say which of their parts are not built, those that name nothing among them', () => {
    const missing = entries.flatMap(entry => (entry.kind === 'incomplete' ? entry.missing : []))
    expect(missing).toContain('Kafka sources (signups)')
    expect(missing).toContainEqual(expect.stringMatching(/^aggregates over windows \(quer(y|ies) .*eventCounts/))
    expect(missing).toContain('a simulator: the spec has none')
  })
})

describe('a spec', () => {
  it('comes to a pipeline that says the same after it was written and read again', async () => {
    const pipeline = await readPipeline('food-delivery')
    expect(parsePipeline(JSON.stringify(pipeline), 'it')).toEqual(pipeline)
  })

  it('gets the columns of provenance behind its own, which it may not write itself', async () => {
    const { sink } = await readPipeline('food-delivery')
    expect(sink.columns.slice(-4)).toEqual(provenanceColumns('kinesis'))
    const [query] = Object.values(foodDelivery.queries)
    const [table] = query?.sinks ?? []
    if (table?.kind !== 'redshift') throw new Error('another sink')
    const columns = [...table.columns, { name: 'batch_id', type: 'BIGINT', expression: 'batchId' }]
    expect(() => parseSpec(changed({ queries: { q: { ...query, sinks: [{ ...table, columns }] } } }), 'it')).toThrow(
      'queries.q.sinks.0.columns: batch_id is a column of provenance',
    )
  })

  it.each([
    ['a member that nobody reads', { buckets: { ...foodDelivery.buckets, spare: {} } }, 'buckets'],
    ['a prefix that nobody reads', withPrefix('plugins', 'plugins/'), 'plugins'],
    ['a prefix without its slash', withPrefix('dims', 'dims'), 'a prefix that ends with a slash'],
    ['a source of an event that is not declared', { events: {} }, 'sources.orders.event: order is not declared'],
    ['a source of an event that every object has', withEvent('constructor'), 'constructor is not declared'],
    ['no query', { queries: {} }, 'queries: at least one is needed'],
    ['a path out of its folder', withDdl('../secret.sql'), 'a path below its folder'],
    [
      'a generator that makes no value of its type',
      withGenerator('DeliveryTime', { kind: 'boolean', trueShare: 0.5 }),
      'simulator.fields.DeliveryTime: boolean makes no int',
    ],
    [
      'a whole number drawn with decimals',
      withGenerator('DeliveryTime', { kind: 'uniform', min: 0, max: 9, decimals: 1 }),
      'simulator.fields.DeliveryTime.decimals: 1, and int has none',
    ],
    [
      'numbers beyond 32 bits for an int',
      withGenerator('DeliveryTime', { kind: 'uniform', min: 0, max: 2 ** 31, decimals: 0 }),
      'are numbers that are no int of 32 bits',
    ],
    [
      'a value that must be there and may be left out',
      withGenerator('OrderStatus', { kind: 'optional', of: { kind: 'id' }, absentShare: 0.5 }),
      'simulator.fields.OrderStatus: the field must be there',
    ],
    [
      'a field that must be there and that nothing makes',
      withGenerator('OrderStatus', undefined),
      'simulator.fields.OrderStatus: is missing',
    ],
    [
      'a list for what is none',
      withGenerator('OrderStatus', { kind: 'list', of: { kind: 'id' }, length: { min: 0, max: 1 } }),
      'simulator.fields.OrderStatus: list makes no string',
    ],
    [
      'a partition key with members',
      withFieldOfType('OrderID', { list: 'string' }),
      'sources.orders.partitionKey: OrderID has members',
    ],
    [
      'an event key with members',
      withFieldOfType('OrderID', { map: 'int' }),
      'OrderID has members, so it can be neither a key nor the time',
    ],
    ['an alarm on nothing', { alarms: [ALARM] }, 'alarms.late.on: nothing is not declared'],
  ])('with %s is refused with the place of it', (_, change, sentence) => {
    expect(() => parseSpec(changed(change), 'mine.json')).toThrow(sentence)
    expect(() => parseSpec(changed(change), 'mine.json')).toThrow('mine.json is not a pipeline spec')
  })

  it('of an older version is refused with what to change, of a newer one with what reads it', () => {
    expect(() => parseSpec('{"id": "a", "source": {}}', 'old.json')).toThrow('"source" becomes an entry of "sources"')
    expect(() => parseSpec(changed({ specVersion: 3 }), 'new.json')).toThrow('A newer Sluice reads newer ones.')
    expect(() => parseSpec('{"id": "a"}', 'none.json')).toThrow('none.json has no "specVersion"')
    expect(() => parseSpec('{', 'half.json')).toThrow('half.json is not JSON')
    expect(() => parseSpec('[]', 'list.json')).toThrow('it is no JSON object')
  })
})

describe('a file of specs that cannot be read', () => {
  it('is named with its problem, and harms no other', () => {
    const entries = readSpecs([{ file: 'bad.json', text: '{' }, ...files])
    expect(entries[0]).toMatchObject({ kind: 'unreadable', file: 'bad.json' })
    expect(entries[1]).toMatchObject({ kind: 'ready', file: 'food-delivery.json' })
  })

  it('may be one whose id an earlier file has', () => {
    const text = files[0]?.text ?? ''
    const [, second] = readSpecs([
      { file: 'a.json', text },
      { file: 'b.json', text },
    ])
    expect(second).toMatchObject({ kind: 'unreadable', problem: expect.stringContaining('which a.json has too') })
  })
})

function withPrefix(name: string, prefix: string): object {
  const { buckets } = foodDelivery
  const artifacts = { ...buckets.artifacts, prefixes: { ...buckets.artifacts.prefixes, [name]: prefix } }
  return { buckets: { ...buckets, artifacts } }
}

function withEvent(event: string): object {
  return { sources: { orders: { ...foodDelivery.sources.orders, event } } }
}

function withGenerator(field: string, generator: object | undefined): object {
  const { simulator } = foodDelivery
  return { simulator: { ...simulator, fields: { ...simulator?.fields, [field]: generator } } }
}

function withFieldOfType(name: string, type: object): object {
  const order = foodDelivery.events.order
  const fields = order?.fields.map(field => (field.name === name ? { ...field, type } : field))
  return { events: { order: { ...order, fields } } }
}

function withDdl(file: string): object {
  return { warehouse: { ...foodDelivery.warehouse, ddl: [file] } }
}
