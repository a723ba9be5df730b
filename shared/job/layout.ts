/**
 * Where a streaming query keeps what it writes to S3, below the prefixes of its spec's streaming bucket. Batch ids are
 * zero-padded, so that a listing is in the order of the batches.
 */
export interface JobPrefixes {
  /** `stream-checkpointing/`, `staging/`, `quarantine/`, `progress/`: each ends with a slash. */
  checkpoint: string
  staging: string
  quarantine: string
  progress: string
}

const padded = (batchId: number): string => String(batchId).padStart(12, '0')

/** The folder of one query's checkpoint, laid out as Spark lays out its own: `metadata`, `offsets/N`, `commits/N`. */
export const checkpointPrefix = (prefixes: JobPrefixes, query: string): string => `${prefixes.checkpoint}${query}/`

export const stagingPrefix = (prefixes: JobPrefixes, query: string, batchId: number): string =>
  `${prefixes.staging}${query}/batch=${padded(batchId)}/`

/**
 * JSON lines, one a record: `{partitionId, offset, partitionKey, arrivedAt, reason, data}`; `data` is base64 of
 * what the stream held.
 */
export const quarantineKey = (
  prefixes: JobPrefixes,
  query: string,
  batchId: number,
  kind: 'invalid' | 'late',
): string => `${prefixes.quarantine}${query}/${kind}/batch=${padded(batchId)}.jsonl`

/** The progress of one batch, and (`latest.json`) of the newest trigger, idle ones included. */
export const progressKey = (prefixes: JobPrefixes, query: string, batchId: number): string =>
  `${prefixes.progress}${query}/batches/${padded(batchId)}.json`
export const latestProgressKey = (prefixes: JobPrefixes, query: string): string =>
  `${prefixes.progress}${query}/latest.json`
