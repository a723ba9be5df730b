import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BATCH_COLUMNS } from '../../../shared/pipelines/compile/redshift/batch-table.ts'
import { compileDdl, type TablesToCompile } from '../../../shared/pipelines/compile/redshift/ddl.ts'
import { declaredTables } from '../../../shared/pipelines/compile/redshift/declared-tables.ts'
import { provenanceColumns } from '../../../shared/pipelines/provenance.ts'
import { readPipeline } from '../../fixture/read-pipeline.ts'

const SPEC: TablesToCompile = {
  source: { kind: 'kinesis' },
  sink: {
    schema: 'mart',
    table: 'Facts',
    batchTable: 'loads',
    columns: [
      { name: 'id', type: 'VARCHAR(36)', expression: 'id' },
      { name: 'price', type: 'NUMERIC(10, 2)', expression: 'price' },
      ...provenanceColumns('kinesis'),
    ],
  },
  dimensions: [{ table: 'places', columns: [{ name: 'place', type: 'INT' }] }],
}
const FACTS = `-- create table mart.facts (of a comment int);
create table if not exists mart.facts (
  -- its key
  id varchar(36) not null default 'a,)b',
  price decimal(10,2) encode az64,
  primary key (id)
) distkey (id)`
const PLACES = 'create table mart.places (place integer);'
const compile = (facts: string, places = PLACES) =>
  compileDdl(SPEC, [
    { file: 'places.sql', text: places },
    { file: 'facts.sql', text: facts },
  ])

describe('the DDL of a pipeline', () => {
  it('gets the columns of provenance behind those of its fact table, and the batch table behind that', () => {
    const { files, problems } = compile(FACTS)
    expect(problems).toEqual([])
    expect(files[0]).toEqual({ file: 'places.sql', text: PLACES })
    const [facts, loads, ...others] = declaredTables(files[1]?.text ?? '')
    expect(others).toEqual([])
    expect([...(facts?.columns ?? [])]).toEqual([
      ['id', 'varchar(36)'],
      ['price', 'decimal(10,2)'],
      ['shard_id', 'varchar(32)'],
      ['sequence_number', 'varchar(64)'],
      ['arrived_at', 'timestamp'],
      ['batch_id', 'bigint'],
    ])
    expect(loads).toMatchObject({ schema: 'mart', name: 'loads' })
    expect([...(loads?.columns.keys() ?? [])]).toEqual(BATCH_COLUMNS.map(({ name }) => name))
    expect(files[1]?.text).toMatch(
      /encode az64,\n {2}shard_id varchar\(32\),[^;]*primary key \(id\)\n\) distkey \(id\);\n/,
    )
  })

  it('of food delivery makes every column that its job fills', async () => {
    const { source, sink, dimensions } = await readPipeline('food-delivery')
    const texts = sink.ddl.map(file => ({ file, text: readFileSync(`sql/${file}`, 'utf8') }))
    const { files, problems } = compileDdl({ source, sink, dimensions }, texts)
    expect(problems).toEqual([])
    const tables = files.flatMap(({ text }) => declaredTables(text))
    const facts = tables.find(({ name }) => name === sink.table)
    expect([...(facts?.columns.keys() ?? [])]).toEqual(sink.columns.map(({ name }) => name))
  })

  it.each([
    [
      'has no table of the sink',
      'create table other.facts (id int)',
      'warehouse.ddl: no file has a CREATE TABLE mart.Facts',
    ],
    ['lacks a column', 'create table mart.facts (id varchar(36))', 'sql/facts.sql: mart.Facts has no column price'],
    [
      'has a column of another type',
      'create table mart.facts (id varchar(35), price decimal(10,2))',
      'sql/facts.sql: mart.Facts has id as varchar(35), and the spec says varchar(36)',
    ],
    [
      'has a column of provenance by hand',
      'create table mart.facts (id varchar(36), price decimal(10,2), BATCH_ID bigint)',
      'sql/facts.sql: mart.Facts has the column BATCH_ID, which is added to it: take it out',
    ],
    [
      'has the batch table by hand',
      `${FACTS};\ncreate table mart.loads (a int)`,
      'sql/facts.sql: mart.loads is the batch table, which is added: take it out',
    ],
    [
      'cannot be read',
      'create table mart.facts (id)',
      'sql/facts.sql: The DDL of facts has a column like no other: id',
    ],
  ])('is refused when it %s', (_, facts, problem) => {
    expect(compile(facts).problems.join('\n')).toContain(problem)
  })

  it('is held against the columns of dimensions, too', () => {
    expect(compile(FACTS, 'create table mart.places (place bigint);').problems).toEqual([
      'sql/places.sql: mart.places has place as bigint, and the spec says integer',
    ])
  })
})
