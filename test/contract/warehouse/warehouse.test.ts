import { DescribeStatementCommand, ListStatementsCommand } from '@aws-sdk/client-redshift-data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { all, applied, openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
beforeAll(async () => {
  pipeline = await openCoreHere()
  await all(applied(pipeline.core))
  await all(pipeline.core.artifacts.deploy(SCOPE))
  await all(pipeline.core.warehouse.createAndLoadDimensions(SCOPE))
})
afterAll(() => pipeline.close())

describe('the warehouse of a pipeline', () => {
  it('is shown with its schemas, their tables and the columns of each', async () => {
    const schemas = value(await pipeline.core.warehouse.schema(SCOPE))
    const tables = schemas.find(({ schema }) => schema === 'food_delivery_datamart')?.tables ?? []
    const customers = tables.find(({ name }) => name.toLowerCase() === 'dimcustomers')
    expect(customers?.columns.map(({ name }) => name.toLowerCase())).toContain('customerid')
    expect(customers?.rows).toBeGreaterThan(0)
  })

  it('cancels the statement of a query that nobody waits for any more', async () => {
    const { redshiftData } = pipeline.aws
    const table = 'food_delivery_datamart.dimCustomers'
    const sql = `select count(*) from ${['a', 'b', 'c', 'd', 'e'].map(name => `${table} ${name}`).join(' cross join ')}`
    const leave = new AbortController()
    const asked = pipeline.core.warehouse.query({ ...SCOPE, sql, maxRows: 1, logged: false }, leave.signal)
    const started = async () => {
      const { Statements = [] } = await redshiftData.send(new ListStatementsCommand({ Status: 'ALL' }))
      return Statements.find(({ QueryString, Status }) => QueryString?.includes('cross join') && Status === 'STARTED')
        ?.Id
    }
    await expect.poll(started).toBeDefined()
    const Id = await started()
    leave.abort()
    expect(await asked).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    await expect
      .poll(async () => (await redshiftData.send(new DescribeStatementCommand({ Id }))).Status)
      .toBe('ABORTED')
  })
})
