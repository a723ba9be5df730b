import { AwsError } from '../server/aws-error.ts'
import { readBody } from '../server/body.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from '../server/exchange.ts'
import { encodingOf, failure, type JsonOperation, jsonService, operationName } from '../server/json-protocol.ts'
import { type StreamMetrics, streamMetrics } from './metrics.ts'
import { addTagsToStream } from './operations/add-tags-to-stream.ts'
import { createStream } from './operations/create-stream.ts'
import { decreaseStreamRetentionPeriod } from './operations/decrease-stream-retention-period.ts'
import { deleteStream } from './operations/delete-stream.ts'
import { describeLimits } from './operations/describe-limits.ts'
import { describeStream } from './operations/describe-stream.ts'
import { describeStreamSummary } from './operations/describe-stream-summary.ts'
import { disableEnhancedMonitoring } from './operations/disable-enhanced-monitoring.ts'
import { enableEnhancedMonitoring } from './operations/enable-enhanced-monitoring.ts'
import { getRecords, readRecords } from './operations/get-records.ts'
import { getShardIterator } from './operations/get-shard-iterator.ts'
import { increaseStreamRetentionPeriod } from './operations/increase-stream-retention-period.ts'
import { listShards } from './operations/list-shards.ts'
import { listStreams } from './operations/list-streams.ts'
import { listTagsForResource } from './operations/list-tags-for-resource.ts'
import { listTagsForStream } from './operations/list-tags-for-stream.ts'
import { mergeShards } from './operations/merge-shards.ts'
import { putRecord } from './operations/put-record.ts'
import { putRecords } from './operations/put-records.ts'
import { removeTagsFromStream } from './operations/remove-tags-from-stream.ts'
import { splitShard } from './operations/split-shard.ts'
import { startStreamEncryption } from './operations/start-stream-encryption.ts'
import { stopStreamEncryption } from './operations/stop-stream-encryption.ts'
import { tagResource } from './operations/tag-resource.ts'
import { untagResource } from './operations/untag-resource.ts'
import { updateMaxRecordSize } from './operations/update-max-record-size.ts'
import { updateShardCount } from './operations/update-shard-count.ts'
import { updateStreamMode } from './operations/update-stream-mode.ts'
import { pageToJson } from './records-page.ts'
import { type KinesisOptions, type KinesisState, openState } from './state.ts'

/** A PutRecords of 10 MiB is 14 MiB as base64, with names and keys a little more. */
const LIMIT_BYTES = 20 * 1024 * 1024

const OPERATIONS: readonly JsonOperation<KinesisState>[] = [
  addTagsToStream,
  createStream,
  decreaseStreamRetentionPeriod,
  deleteStream,
  describeLimits,
  describeStream,
  describeStreamSummary,
  disableEnhancedMonitoring,
  enableEnhancedMonitoring,
  getRecords,
  getShardIterator,
  increaseStreamRetentionPeriod,
  listShards,
  listStreams,
  listTagsForResource,
  listTagsForStream,
  mergeShards,
  putRecord,
  putRecords,
  removeTagsFromStream,
  splitShard,
  startStreamEncryption,
  stopStreamEncryption,
  tagResource,
  untagResource,
  updateMaxRecordSize,
  updateShardCount,
  updateStreamMode,
]

/** Opens Kinesis on its folder. */
export async function openKinesis(
  options: KinesisOptions,
): Promise<{ service: SandboxService; metrics: StreamMetrics }> {
  const state = openState(options)
  const service = jsonService({
    signingName: 'kinesis',
    targetPrefix: 'Kinesis_20131202',
    state,
    operations: OPERATIONS,
    limitBytes: LIMIT_BYTES,
    close: async () => state.close(),
  })
  return {
    metrics: streamMetrics(state),
    service: {
      ...service,
      handle: request =>
        encodingOf(request) === 'json' && operationName(request) === 'GetRecords'
          ? getJson(state, request)
          : service.handle(request),
    },
  }
}

/** GetRecords in JSON goes around the generic encoder: its records lie on disk as they are sent. */
async function getJson(state: KinesisState, request: SandboxRequest): Promise<SandboxReply> {
  try {
    const body = pageToJson(readRecords(state, parse(await readBody(request, LIMIT_BYTES))))
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': request.id },
      body,
    }
  } catch (error) {
    if (error instanceof AwsError) return failure(request, 'json', error)
    throw error
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new AwsError('SerializationException', `The request body is not JSON: ${String(cause)}`)
  }
}
