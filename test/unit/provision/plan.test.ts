import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { changedSince, planId } from '../../../electron/core/provision/plan-identity.ts'
import { permissionFor } from '../../../electron/core/targets/permission.ts'
import type { Change } from '../../../shared/features/provision.ts'
import { columnType, declaredTables } from '../../../shared/pipelines/compile/redshift/declared-tables.ts'

describe('the tables that a DDL declares', () => {
  it('have the columns of the file, without its keys and attributes', () => {
    const [facts] = declaredTables(readFileSync('sql/food-delivery/facts.sql', 'utf8'))
    expect(facts).toMatchObject({ schema: 'food_delivery_datamart', name: 'factOrders' })
    expect(facts?.columns.size).toBe(10)
    expect(facts?.columns.get('OrderValue')).toBe('decimal(10,2)')
  })

  it('are read with constraints, defaults, two-word types and brackets in any place', () => {
    const [table] = declaredTables(
      'create table t (a double precision not null default (1 + (2)), b timestamp without time zone encode az64, ' +
        "c numeric(10, 2) default '1,2', constraint k primary key (a, b)) diststyle all",
    )
    expect([...(table?.columns ?? [])]).toEqual([
      ['a', 'double precision'],
      ['b', 'timestamp'],
      ['c', 'decimal(10,2)'],
    ])
  })

  it('are found in the DDL of every pipeline', () => {
    const names = readdirSync('sql', { recursive: true, encoding: 'utf8' }).filter(name =>
      /(facts|dimensions)\.sql$/.test(name),
    )
    expect(names.length).toBeGreaterThan(1)
    for (const name of names) expect(declaredTables(readFileSync(`sql/${name}`, 'utf8')).length).toBeGreaterThan(0)
  })

  it('have types of one spelling, whether the DDL or the Data API says them', () => {
    expect(columnType('INTEGER', [])).toBe(columnType('int4', []))
    expect(columnType('VARCHAR', [])).toBe('varchar(256)')
    expect(columnType('numeric', [8])).toBe('decimal(8,0)')
  })
})

describe('what changed since a plan was shown', () => {
  const change = (over: Partial<Change> = {}): Change => ({
    id: 'stream:s',
    kind: 'stream',
    name: 's',
    action: 'change',
    differences: [{ member: 'retention', is: '48 h', must: '24 h' }],
    effects: ['records are lost'],
    permissions: ['kinesis:DecreaseStreamRetentionPeriod'],
    dependsOn: [],
    madeHere: true,
    ...over,
  })

  it('is nothing while each change would do the same, in whatever order they come', () => {
    const [one, other] = [change(), change({ id: 'bucket:b', action: 'keep', differences: [] })]
    expect(planId([one, other])).toBe(planId([other, one]))
    expect(changedSince([one, other], [other, one])).toEqual([])
  })

  it('is listed for each resource: other members, other effects, one that came and one that went', () => {
    const other = change({ differences: [{ member: 'retention', is: '72 h', must: '24 h' }] })
    expect(changedSince([change()], [other])).toEqual([
      'stream:s: was change (retention 48 h → 24 h), now change (retention 72 h → 24 h)',
    ])
    expect(changedSince([change()], [change({ effects: [] })])).toEqual([
      'stream:s: change (retention 48 h → 24 h), with other effects',
    ])
    expect(changedSince([change()], [change({ id: 'stream:t' })])).toEqual([
      'stream:s: was change (retention 48 h → 24 h), is no longer in the plan',
      'stream:t: was not in the plan, now change (retention 48 h → 24 h)',
    ])
  })
})

describe('the permission that a call needs', () => {
  it('is the action of its name, but for those that S3 names otherwise', () => {
    expect(permissionFor('KinesisClient', 'DescribeStreamSummaryCommand')).toBe('kinesis:DescribeStreamSummary')
    expect(permissionFor('EMRClient', 'ListClustersCommand')).toBe('elasticmapreduce:ListClusters')
    expect(permissionFor('S3Client', 'HeadBucketCommand')).toBe('s3:ListBucket')
    expect(permissionFor('SomeClient', 'DoCommand')).toBeUndefined()
  })
})
