import { tableName } from './create-table.ts'
import { type CopyCommand, RedshiftError, type S3Place } from './statement.ts'
import { type Cursor, splitCommas } from './tokens.ts'

/** `s3://bucket/key`. */
export function s3Place(text: string): S3Place {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(text) ?? []
  if (!bucket || key === undefined)
    throw new RedshiftError(`The S3 path "${text}" is not valid: it must be s3://bucket/prefix`, '22023')
  return { bucket, key }
}

/** IAM_ROLE 'arn' | default, or CREDENTIALS 'aws_iam_role=arn'; undefined when neither is next. */
export function takeRole(cursor: Cursor): string | undefined {
  if (cursor.takes('iam_role')) return cursor.takes('default') ? 'default' : cursor.string()
  if (!cursor.takes('credentials')) return undefined
  cursor.takes('as')
  const role = /^aws_iam_role=(.+)$/.exec(cursor.string())?.[1]
  if (!role) throw new RedshiftError('the sandbox takes CREDENTIALS of the form aws_iam_role=<arn> only', '0A000')
  return role
}

const COMPRESSIONS = ['gzip', 'bzip2', 'lzop', 'zstd'] as const

/** COPY, behind its first word. Options may come in any order (Developer Guide, COPY). */
export function parseCopy(cursor: Cursor): CopyCommand {
  const parts = cursor.name()
  const columns = cursor.sees('(') ? splitCommas(cursor.group()).map(part => part[0]?.value ?? '') : undefined
  cursor.expects('from')
  const copy: CopyCommand = {
    table: tableName(parts),
    schema: parts.at(-2),
    name: parts.at(-1) ?? '',
    columns,
    from: s3Place(cursor.string()),
    format: 'text',
    jsonPaths: 'auto',
    manifest: false,
    gzip: false,
    delimiter: '|',
    quote: '"',
    ignoreHeader: 0,
    nullAs: '\\N',
    emptyAsNull: false,
    blanksAsNull: false,
    maxError: 0,
    dateFormat: undefined,
    timeFormat: undefined,
    truncateColumns: false,
    invalidCharacter: '',
    fillRecord: false,
    ignoreBlankLines: false,
    trimBlanks: false,
    removeQuotes: false,
    escape: false,
    iamRole: undefined,
  }
  let delimited = false
  while (cursor.peek()) {
    const role = takeRole(cursor)
    if (role !== undefined) copy.iamRole = role
    else if (cursor.takes('format')) {
      cursor.takes('as')
      setFormat(cursor, copy)
    } else if (cursor.sees('csv') || cursor.sees('json') || cursor.sees('parquet')) setFormat(cursor, copy)
    else if (cursor.takes('delimiter')) {
      cursor.takes('as')
      copy.delimiter = cursor.string()
      delimited = true
    } else if (cursor.takes('quote')) {
      cursor.takes('as')
      copy.quote = cursor.string()
    } else if (cursor.takes('ignoreheader')) {
      cursor.takes('as')
      copy.ignoreHeader = cursor.number()
    } else if (cursor.takes('null')) {
      cursor.expects('as')
      copy.nullAs = cursor.string()
    } else if (cursor.takes('dateformat')) {
      cursor.takes('as')
      copy.dateFormat = cursor.string()
    } else if (cursor.takes('timeformat')) {
      cursor.takes('as')
      copy.timeFormat = cursor.string()
    } else if (cursor.takes('maxerror')) {
      cursor.takes('as')
      copy.maxError = cursor.number()
    } else if (cursor.takes('acceptinvchars')) {
      cursor.takes('as')
      copy.invalidCharacter = cursor.peek()?.kind === 'string' ? cursor.string() : '?'
    } else if (cursor.takes('region')) {
      cursor.takes('as')
      cursor.string()
    } else if (cursor.takes('statupdate') || cursor.takes('compupdate')) {
      if (!cursor.takes('on') && !cursor.takes('off') && !cursor.takes('true')) cursor.takes('false')
    } else if (cursor.takes('manifest')) copy.manifest = true
    else if (cursor.takes('emptyasnull')) copy.emptyAsNull = true
    else if (cursor.takes('blanksasnull')) copy.blanksAsNull = true
    else if (cursor.takes('truncatecolumns')) copy.truncateColumns = true
    else if (cursor.takes('fillrecord')) copy.fillRecord = true
    else if (cursor.takes('ignoreblanklines')) copy.ignoreBlankLines = true
    else if (cursor.takes('trimblanks')) copy.trimBlanks = true
    else if (cursor.takes('removequotes')) copy.removeQuotes = true
    else if (cursor.takes('escape')) copy.escape = true
    else if (!takeCompression(cursor, copy)) cursor.fail()
  }
  if (copy.format === 'csv' && !delimited) copy.delimiter = ','
  if (copy.iamRole === undefined)
    throw new RedshiftError("COPY needs the role that it reads S3 as: IAM_ROLE default or IAM_ROLE 'arn'", '42601')
  return copy
}

function setFormat(cursor: Cursor, copy: CopyCommand): void {
  if (cursor.takes('csv')) copy.format = 'csv'
  else if (cursor.takes('parquet')) copy.format = 'parquet'
  else if (cursor.takes('json')) {
    copy.format = 'json'
    cursor.takes('as')
    const paths = cursor.peek()?.kind === 'string' ? cursor.string() : 'auto'
    copy.jsonPaths = paths === 'auto' || paths === 'auto ignorecase' ? paths : s3Place(paths)
  } else throw new RedshiftError(`the sandbox does not load the format ${cursor.peek()?.value ?? ''}`, '0A000')
}

function takeCompression(cursor: Cursor, copy: CopyCommand): boolean {
  const found = COMPRESSIONS.find(name => cursor.takes(name))
  if (found !== undefined && found !== 'gzip')
    throw new RedshiftError(`the sandbox does not read ${found}; it reads gzip`, '0A000')
  copy.gzip ||= found === 'gzip'
  return found !== undefined
}
