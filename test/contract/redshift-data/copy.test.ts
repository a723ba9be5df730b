import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { FACT, ROLE, useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()
const { run, batch, rows, putObject, getObject } = warehouse

describe('COPY', () => {
  beforeEach(async () => {
    await batch(['create schema mart', FACT])
  })

  it('keeps its bad lines in the system views when it fails', async () => {
    await putObject('bad/1.csv', Buffer.from('id,amount,at\na,1.0,2026-11-02 10:00:00\nb,12x,2026-11-02 10:00:00\n'))
    const failed = await run(`copy mart.fact from 's3://bucket/bad/' ${ROLE} csv ignoreheader 1`)
    expect(failed.Error).toBe(
      "ERROR: Load into table 'fact' failed.  Check 'sys_load_error_detail' system table for details.",
    )
    expect(await rows('select filename, line_number, colname, raw_field_value from stl_load_errors')).toEqual([
      ['s3://bucket/bad/1.csv', 3, 'amount', '12x'],
    ])
    expect(
      (await run(`copy mart.fact from 's3://bucket/bad/' ${ROLE} csv ignoreheader 1 maxerror 2`)).Error,
    ).toBeUndefined()
    expect(await rows('select orderid from mart.fact')).toEqual([['a']])
  })

  it('loads JSON by name, Parquet by order, and files of a manifest', async () => {
    await putObject('json/1.json', Buffer.from('{"orderid":"j","amount":1.5}\n{"amount":2,"orderid":"k","extra":1}\n'))
    expect((await run(`copy mart.fact from 's3://bucket/json/' ${ROLE} json 'auto'`)).Error).toBeUndefined()
    expect(
      (await run(`unload ('select * from mart.fact') to 's3://bucket/out/x_' ${ROLE} format parquet manifest`)).Error,
    ).toBeUndefined()
    expect((await warehouse.objects().list('bucket', 'out/')).map(object => object.key)).toEqual([
      'out/x_0000_part_00.parquet',
      'out/x_0001_part_00.parquet',
      'out/x_manifest',
    ])
    expect(
      (await run(`copy mart.fact from 's3://bucket/out/x_manifest' ${ROLE} format parquet manifest`)).Error,
    ).toBeUndefined()
    expect(await rows('select orderid, sum(amount), count(*) from mart.fact group by 1 order by 1')).toEqual([
      ['j', '3.00', 2],
      ['k', '4.00', 2],
    ])
  })

  it('of a prefix with nothing below it fails', async () => {
    await putObject('x', Buffer.from(''))
    expect((await run(`copy mart.fact from 's3://bucket/none/' ${ROLE} csv`)).Error).toBe(
      "ERROR: The specified S3 prefix 'none/' does not exist",
    )
  })

  it('skips lines with too few or too many fields, reports their place in the file, and loads the others', async () => {
    const lines = ['id,amount,at', 'a,1,', 'b,2', 'c,3,,extra', 'd,x,', 'e,5,']
    await putObject('odd/1.csv', lines.join('\n'))
    const command = `copy mart.fact from 's3://bucket/odd/' ${ROLE} csv ignoreheader 1`
    expect((await run(`${command} maxerror 3`)).Status).toBe('FAILED')
    expect((await run(`${command} maxerror 4`)).Error).toBeUndefined()
    expect(await rows('select orderid from mart.fact order by 1')).toEqual([['a'], ['e']])
    expect(
      await rows(
        'select line_number, err_code, trim(err_reason), raw_line from stl_load_errors where query = (select ' +
          'max(query) from stl_load_errors) order by 1',
      ),
    ).toEqual([
      [3, 1214, 'Delimiter not found', 'b,2'],
      [4, 1202, 'Extra column(s) found', 'c,3,,extra'],
      [5, 1207 + 2, "Invalid digit, Value 'x', Pos 0, Type: decimal", 'd,x,'],
    ])
  })

  it('cuts texts to their bytes, at whole characters, when it may', async () => {
    await putObject('long/1.csv', 'äöüäö,1,\n')
    const command = `copy mart.fact from 's3://bucket/long/' ${ROLE} csv`
    expect((await run(command)).Status).toBe('FAILED')
    expect(await rows('select err_code from stl_load_errors')).toEqual([[1204]])
    expect((await run(`${command} truncatecolumns`)).Error).toBeUndefined()
    expect(await rows('select orderid from mart.fact')).toEqual([['äöüä']])
  })

  it('replaces what is not UTF-8 when it may, and says so otherwise', async () => {
    await putObject('bytes/1.csv', Buffer.from([0x61, 0xff, 0x62, 0x2c, 0x31, 0x2c, 0x0a]))
    const command = `copy mart.fact from 's3://bucket/bytes/' ${ROLE} csv`
    expect((await run(command)).Status).toBe('FAILED')
    expect(await rows('select err_code from stl_load_errors')).toEqual([[1220]])
    expect((await run(`${command} acceptinvchars as '^'`)).Error).toBeUndefined()
    expect(await rows('select orderid from mart.fact')).toEqual([['a^b']])
  })

  it('finds the fields of JSON by the expressions of a jsonpaths file', async () => {
    await putObject('paths.json', JSON.stringify({ jsonpaths: ['$.order.id', '$.prices[1]', '$.at'] }))
    await putObject('nested/1.json', '{"order":{"id":"n"},"prices":[1,7.5],"at":"2026-11-02 10:00:00"}')
    expect(
      (await run(`copy mart.fact from 's3://bucket/nested/' ${ROLE} json 's3://bucket/paths.json'`)).Error,
    ).toBeUndefined()
    expect(await rows('select * from mart.fact')).toEqual([['n', '7.50', '2026-11-02 10:00:00']])
  })

  it('fills short lines, and removes quotes, when its options say so', async () => {
    await putObject('short/1.txt', '"a"|1\n"b"\n')
    expect(
      (await run(`copy mart.fact from 's3://bucket/short/' ${ROLE} removequotes fillrecord`)).Error,
    ).toBeUndefined()
    expect(await rows('select orderid, amount from mart.fact order by 1')).toEqual([
      ['a', '1.00'],
      ['b', null],
    ])
  })

  it('reads gzip', async () => {
    await putObject('gz/1.csv.gz', gzipSync('g,1,\n'))
    expect((await run(`copy mart.fact from 's3://bucket/gz/' ${ROLE} csv gzip`)).Error).toBeUndefined()
    expect(await rows('select orderid from mart.fact')).toEqual([['g']])
  })
})

it('UNLOAD with PARALLEL OFF writes one file, in the order of its query', async () => {
  await putObject('x', '')
  const unloaded = await run(
    `unload ('select * from generate_series(1, 3) order by 1 desc') to 's3://bucket/one/x_' ${ROLE} csv gzip ` +
      'parallel off',
  )
  expect(unloaded.Error).toBeUndefined()
  expect((await warehouse.objects().list('bucket', 'one/')).map(object => object.key)).toEqual(['one/x_000.gz'])
  expect(gunzipSync(await getObject('one/x_000.gz')).toString()).toBe('3\n2\n1\n')
})
