import { s3Place, takeRole } from './copy.ts'
import { toDuckdb } from './expressions.ts'
import { RedshiftError, type UnloadCommand } from './statement.ts'
import { type Cursor, cursorOf, tokenize } from './tokens.ts'

/** UNLOAD, behind its first word: `('query') TO 's3://...' ...` (Developer Guide, UNLOAD). */
export function parseUnload(cursor: Cursor): UnloadCommand {
  const query = cursorOf(cursor.group()).string()
  cursor.expects('to')
  const unload: UnloadCommand = {
    query: toDuckdb(tokenize(query)),
    to: s3Place(cursor.string()),
    format: 'text',
    header: false,
    gzip: false,
    delimiter: '|',
    parallel: true,
    allowOverwrite: false,
    manifest: false,
    iamRole: undefined,
  }
  let delimited = false
  while (cursor.peek()) {
    const role = takeRole(cursor)
    if (role !== undefined) unload.iamRole = role
    else if (cursor.takes('format')) {
      cursor.takes('as')
      if (!takeFormat(cursor, unload)) cursor.fail()
    } else if (takeFormat(cursor, unload)) continue
    else if (cursor.takes('delimiter')) {
      cursor.takes('as')
      unload.delimiter = cursor.string()
      delimited = true
    } else if (cursor.takes('parallel'))
      unload.parallel =
        !(cursor.takes('off') || cursor.takes('false')) && (cursor.takes('on') || cursor.takes('true') || true)
    else if (cursor.takes('header')) unload.header = true
    else if (cursor.takes('gzip')) unload.gzip = true
    else if (cursor.takes('allowoverwrite')) unload.allowOverwrite = true
    else if (cursor.takes('manifest')) unload.manifest = true
    else if (cursor.takes('addquotes') || cursor.takes('escape')) continue
    else if (cursor.takes('region')) {
      cursor.takes('as')
      cursor.string()
    } else cursor.fail()
  }
  if (unload.format === 'csv' && !delimited) unload.delimiter = ','
  if (unload.iamRole === undefined)
    throw new RedshiftError("UNLOAD needs the role that it writes S3 as: IAM_ROLE default or IAM_ROLE 'arn'", '42601')
  return unload
}

function takeFormat(cursor: Cursor, unload: UnloadCommand): boolean {
  for (const format of ['csv', 'parquet', 'json'] as const) {
    if (!cursor.takes(format)) continue
    unload.format = format
    return true
  }
  return false
}
