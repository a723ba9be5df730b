import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { stageFile } from '../../../electron/sandbox/redshift-data/copy/stage.ts'
import { translate } from '../../../electron/sandbox/redshift-data/dialect/translate.ts'
import { ROLE, useWarehouse } from './warehouse-under-test.ts'

const { run, rows, putObject } = useWarehouse()
const MB = 1024 * 1024

describe('COPY bounds what it reads', () => {
  beforeEach(async () => {
    await run('create table lines (a varchar(max), b int)')
  })
  const copy = (key: string, options: string) => run(`copy lines from 's3://bucket/${key}' ${ROLE} ${options}`)

  it('a gzip file is uncompressed on its way, and loaded', async () => {
    await putObject('good.gz', gzipSync('x,1\ny,2\n'))
    expect((await copy('good.gz', 'csv gzip')).Error).toBeUndefined()
    expect(await rows('select a, b from lines order by 1')).toEqual([
      ['x', 1],
      ['y', 2],
    ])
  })

  it('a file that becomes a hundred times larger than any text does is refused with its sizes', async () => {
    const zeros = gzipSync(Buffer.alloc(80 * MB))
    await putObject('large.gz', zeros)
    expect((await copy('large.gz', 'csv gzip')).Error).toBe(
      `ERROR: The file s3://bucket/large.gz has ${zeros.length} bytes and becomes more than ${64 * MB} bytes ` +
        `when it is uncompressed, which is the sandbox's limit. Split it into smaller files`,
    )
    expect(await rows('select count(*) from lines')).toEqual([[0]])
  })

  it('a file that is not gzip, or cut, is refused by its name', async () => {
    await putObject('plain.gz', 'x,1\n')
    expect((await copy('plain.gz', 'csv gzip')).Error).toMatch(
      /^ERROR: The file s3:\/\/bucket\/plain\.gz is not a valid gzip file/,
    )
    await putObject('cut.gz', gzipSync('x,1\n'.repeat(1_000)).subarray(0, 30))
    expect((await copy('cut.gz', 'csv gzip')).Error).toMatch(
      /^ERROR: The file s3:\/\/bucket\/cut\.gz is not a valid gzip file/,
    )
  })

  it.each([
    ['csv', (text: string) => `${text},1\n`],
    ['json', (text: string) => JSON.stringify({ a: text, b: 1 })],
  ])('a row of %s has 4 MB at most', async (format, lineOf) => {
    await putObject('long', lineOf('x'.repeat(5 * MB)))
    expect((await copy('long', format)).Error).toMatch(
      /^ERROR: (Load into table 'lines' failed|Invalid input line: longer than 4 MB)/,
    )
    await putObject('fits', lineOf('x'.repeat(60_000)))
    expect((await copy('fits', format)).Error).toBeUndefined()
    expect(await rows('select count(*), max(len(a)) from lines')).toEqual([[1, 60_000]])
  })

  it('a manifest of more than 16 MiB is refused before it is read', async () => {
    await putObject('manifest', Buffer.alloc(17 * MB, ' '))
    expect((await copy('manifest', 'csv manifest')).Error).toMatch(/too large for a manifest/)
  })
})

describe('a file on its way', () => {
  const [statement] = translate(`copy t from 's3://bucket/x' ${ROLE} csv gzip acceptinvchars '?'`)
  const command = statement?.kind === 'copy' ? statement.copy : undefined

  it('is cleaned piece by piece, also where a character is cut in two', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-stage-'))
    if (!command) throw new Error('no COPY')
    const text = Buffer.concat([Buffer.from('ä'.repeat(100_001)), Buffer.from([0xff]), Buffer.from('z')])
    const path = join(folder, 'object')
    writeFileSync(path, gzipSync(text))
    const staged = await stageFile(
      { path, sizeBytes: text.length, place: { bucket: 'bucket', key: 'x' } },
      command,
      folder,
      7,
    )
    expect(staged.path).toBe(join(folder, '7'))
    expect(readFileSync(staged.path, 'utf8')).toBe(`${'ä'.repeat(100_001)}?z`)
    await expect(
      stageFile({ path, sizeBytes: 10, place: { bucket: 'bucket', key: 'x' } }, command, folder, 8, {
        bytes: 1_000,
        ratio: 2,
        ratioFromBytes: 0,
      }),
    ).rejects.toThrow(/becomes more than 20 bytes/)
    rmSync(folder, { recursive: true })
  })
})

describe('a statement is bounded', () => {
  it('by 100 kB, as the Data API does', async () => {
    await expect(run(`select '${'x'.repeat(100_000)}'`)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Cannot process query string larger than 100kB',
    })
  })

  it.each([
    ['parentheses', `select ${'('.repeat(5_000)}1${')'.repeat(5_000)}`],
    ['calls', `select ${'abs('.repeat(5_000)}1${')'.repeat(5_000)}`],
    ['sums', `select 1${'+1'.repeat(20_000)}`],
    ['signs', `select ${'- '.repeat(20_000)}1`],
    ['casts', `select 1${'::int'.repeat(10_000)}`],
    ['cases', `select ${'case when a then '.repeat(3_000)}1${' end'.repeat(3_000)}`],
    ['subqueries', `select * from ${'(select * from '.repeat(3_000)}t${') x'.repeat(3_000)}`],
    ['unions', `select 1${' union all select 1'.repeat(5_000)}`],
    ['joins', `select 1 from lines${' join lines using (a)'.repeat(4_000)}`],
    ['comments', `select 1 ${'/* '.repeat(5_000)}${' */'.repeat(5_000)}${'('.repeat(9_000)}`],
    ['a group of a table', `create table deep (a int default ${'('.repeat(5_000)}1${')'.repeat(5_000)})`],
  ])('by its depth: of %s, and the next statement runs', async (_, sql) => {
    expect(await run(sql)).toMatchObject({ Status: 'FAILED', Error: expect.stringMatching(/^ERROR: /) })
    expect(await rows('select 1')).toEqual([[1]])
  })

  it.each([
    ['divisions', `select ${'1/('.repeat(16)}1${')'.repeat(16)}`, 1],
    ['cuts', `select ${'cast('.repeat(16)}'x'${' as varchar(3))'.repeat(16)}`, 'x'],
    ['capitals', `select ${'initcap('.repeat(16)}'x'${')'.repeat(16)}`, 'X'],
    ['replacements', `select ${'replace('.repeat(16)}'x'${",'a','b')".repeat(16)}`, 'x'],
    ['numbers', `select ${'trim(to_char(cast('.repeat(6)}7${" as int), '99'))".repeat(6)}`, '7'],
  ])('by its length, not by what it becomes: %s within each other cost what they are', async (_, sql, value) => {
    expect(await rows(sql)).toEqual([[value]])
  })

  it('by a row of 64 KB of its result', async () => {
    expect((await run("select repeat('x', 40000), repeat('y', 40000)")).Error).toMatch(/a row has|64 KB a row/)
    expect(await rows("select len(repeat('x', 40000) || repeat('y', 40000))")).toEqual([[80_000]])
  })

  it.each([
    "select repeat('x', 900000000)",
    "select replicate('xx', 40000)",
    "select lpad('x', 900000000, 'y')",
    "select rpad('x', 900000000)",
    "select replace(repeat('x', 60000), 'x', repeat('y', 60000))",
  ])('by the length of a text: %s', async sql => {
    expect((await run(sql)).Error).toBe('ERROR: value too long for type character varying(65535)')
  })

  it('and texts that fit are as they are', async () => {
    expect(
      await rows(
        "select repeat('ab', 3), lpad('7', 3, '0'), rpad('7', 3), replace('a.b.c', '.', '--'), replace(null, " +
          "'a', 'b'), repeat('x', 0)",
      ),
    ).toEqual([['ababab', '007', '7  ', 'a--b--c', null, '']])
    const nested = `select ${'replace('.repeat(30)}'x'${", 'x', 'x')".repeat(30)} as x`
    expect(await rows(nested)).toEqual([['x']])
  })
})
