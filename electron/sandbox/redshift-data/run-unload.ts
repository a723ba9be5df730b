import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { RedshiftError, type UnloadCommand } from './dialect/statement.ts'
import { quoteText } from './dialect/tokens.ts'
import type { Warehouse } from './warehouse.ts'

/**
 * Runs an UNLOAD: one file for each of the sandbox's two slices, or one with PARALLEL OFF, named as Redshift names them
 * (`prefix0000_part_00`, `prefix000` with PARALLEL OFF). Returns how many rows went out.
 */
export async function runUnload(
  warehouse: Warehouse,
  connection: DuckDBConnection,
  unload: UnloadCommand,
): Promise<number> {
  const { bucket, key } = unload.to
  if (!warehouse.objects.hasBucket(bucket))
    throw new RedshiftError(
      'S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket',
      'XX000',
    )
  const there = await warehouse.objects.list(bucket, key)
  if (there.length > 0 && !unload.allowOverwrite) {
    throw new RedshiftError(
      'Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually ' +
        'removing the target files in S3, or using the ALLOWOVERWRITE option.',
      'XX000',
    )
  }
  const folder = await mkdtemp(join(warehouse.staging, 'unload-'))
  try {
    await connection.run(`create temp table sluice_unload as ${unload.query}`)
    const slices = unload.parallel ? 2 : 1
    const entries: { url: string; meta: { content_length: number } }[] = []
    for (let slice = 0; slice < slices; slice++) {
      const file = join(folder, String(slice))
      await connection.run(
        `copy (select * from sluice_unload where rowid % ${slices} = ${slice}) to ${quoteText(file)} ` +
          `(${formatOptions(unload)})`,
      )
      const name = `${key}${unload.parallel ? `000${slice}_part_00` : '000'}${extension(unload)}`
      const { size } = await stat(file)
      await warehouse.objects.put(bucket, name, { file })
      entries.push({ url: `s3://${bucket}/${name}`, meta: { content_length: size } })
    }
    if (unload.manifest) await warehouse.objects.put(bucket, `${key}manifest`, Buffer.from(JSON.stringify({ entries })))
    const counted = await connection.runAndReadAll('select count(*) from sluice_unload')
    return Number(counted.getRowsJson()[0]?.[0] ?? 0)
  } finally {
    await connection.run('drop table if exists temp.sluice_unload')
    for (const left of await readdir(folder)) await rm(join(folder, left))
    await rm(folder, { recursive: true })
  }
}

function formatOptions(unload: UnloadCommand): string {
  if (unload.format === 'parquet') return 'format parquet'
  const compression = unload.gzip ? ", compression 'gzip'" : ''
  if (unload.format === 'json') return `format json${compression}`
  const quote = unload.format === 'csv' ? '' : ", quote ''"
  return `format csv, header ${unload.header}, delimiter ${quoteText(unload.delimiter)}${quote}${compression}`
}

const extension = (unload: UnloadCommand): string =>
  unload.format === 'parquet' ? '.parquet' : unload.gzip ? '.gz' : ''
