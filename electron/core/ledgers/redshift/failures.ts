import { ADD_KINESIS_RECORDS } from '../../../../shared/pipelines/compile/redshift/batch-table.ts'
import type { KnownFailure } from '../../errors/known-failure.ts'

/** How a job fails that loads Redshift, in Redshift's own words. */
export const REDSHIFT_FAILURES: readonly KnownFailure[] = [
  {
    kind: 'copy-failed',
    pattern: /Load into table '?"?([\w.]+)'?"? failed\.\s+Check '?(\w+)'?|stl_load_errors|sys_load_error_detail/i,
    said: found => `COPY could not load the staged file${found[1] ? ` into ${found[1]}` : ''}.`,
    next: 'Ask the warehouse for the line and column: select * from sys_load_error_detail order by start_time desc',
  },
  {
    kind: 'missing',
    pattern: /column "?kinesis_records"? of relation "?([\w.]+)"? does not exist/,
    said: found => `The batch table ${found[1]} has no column kinesis_records: it was made before there was one.`,
    next: ADD_KINESIS_RECORDS,
  },
  {
    kind: 'missing',
    pattern: /relation "([^"]+)" does not exist/,
    said: found => `The warehouse has no table ${found[1]}.`,
    next: 'Load the dimensions first: that makes the tables of the pipeline.',
  },
]
