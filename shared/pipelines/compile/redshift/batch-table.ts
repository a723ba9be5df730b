/** The column that batch tables do not have that were made before it was there. The plan adds it. */
export const KINESIS_RECORDS = { name: 'kinesis_records', type: 'bigint' } as const

/**
 * The batch table: one row a committed batch, written in the batch's own transaction. `kinesis_records` are the records
 * of the stream that its rows came in, whatever the kind of the source (warehouses have the column by this name); it is
 * null when nobody counted them. In the order of the transaction's INSERT.
 */
export const BATCH_COLUMNS = [
  { name: 'query_id', type: 'varchar(64) not null' },
  { name: 'batch_id', type: 'bigint not null' },
  { name: 'read_rows', type: 'bigint not null' },
  { name: 'invalid_rows', type: 'bigint not null' },
  { name: 'late_rows', type: 'bigint not null' },
  { name: 'duplicate_rows_in_batch', type: 'bigint not null' },
  { name: 'staged_rows', type: 'bigint not null' },
  { name: 'duplicate_rows_matched', type: 'bigint not null' },
  { name: 'loaded_rows', type: 'bigint not null' },
  { name: 'watermark', type: 'timestamp' },
  { name: 'committed_at', type: 'timestamp not null' },
  KINESIS_RECORDS,
] as const

/** Small, and joined by no query of a user: a copy on every node. */
export const createBatchTable = (schema: string, table: string): string =>
  `create table if not exists ${schema}.${table} (\n${BATCH_COLUMNS.map(({ name, type }) => `  ${name} ${type}`).join(
    ',\n',
  )}\n) diststyle all sortkey (batch_id)`

/**
 * Records of the stream that a row of the batch table stands for. Batches of before the column have no count: of these,
 * their rows.
 */
export const RECORDS_OF_BATCH = `coalesce(${KINESIS_RECORDS.name}, read_rows)`

/** Of some batches, how many have no count of their records. */
export const UNCOUNTED_BATCHES = `count(*) - count(${KINESIS_RECORDS.name})`

const MISSING = new RegExp(`column "?(?:\\w+\\.)?${KINESIS_RECORDS.name}"?\\b.* does not exist`)

/** Whether a statement failed, by Redshift's words, because its batch table does not have that column. */
export const lacksKinesisRecords = (message: string): boolean => MISSING.test(message)

/** What to do then. */
export const ADD_KINESIS_RECORDS = 'Apply the plan: it adds the column to the batch table, and keeps what is in it.'
