import { AwsError } from '../server/aws-error.ts'
import { readBody } from '../server/body.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from '../server/exchange.ts'
import { encodingOf, failure, type JsonOperation, jsonService, operationName } from '../server/json-protocol.ts'
import { readRecords, readToJson, readToValues } from './get.ts'
import { type StreamMetrics, streamMetrics } from './metrics.ts'
import { getShardIterator, listShards } from './operations/read.ts'
import { mergeShards, splitShard, updateShardCount } from './operations/reshard.ts'
import * as settings from './operations/settings.ts'
import * as streams from './operations/streams.ts'
import { putRecord, putRecords } from './put.ts'
import { type KinesisOptions, type KinesisState, openState } from './state.ts'

/** A PutRecords of 10 MiB is 14 MiB as base64, with names and keys a little more. */
const LIMIT_BYTES = 20 * 1024 * 1024

const OPERATIONS: readonly JsonOperation<KinesisState>[] = [
  ...Object.values(streams).filter(entry => typeof entry !== 'function'),
  ...Object.values(settings),
  getShardIterator,
  listShards,
  splitShard,
  mergeShards,
  updateShardCount,
  { name: 'PutRecords', run: putRecords },
  { name: 'PutRecord', run: putRecord },
  { name: 'GetRecords', run: (state, input) => readToValues(readRecords(state, input)) },
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
    const body = readToJson(readRecords(state, parse(await readBody(request, LIMIT_BYTES))))
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
