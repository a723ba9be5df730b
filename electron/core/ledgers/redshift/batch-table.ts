/** The column of the batch table that warehouses do not have that were made before it was there. The plan adds it. */
export const KINESIS_RECORDS = { name: 'kinesis_records', type: 'bigint' } as const

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
