import { AwsError } from '../server/aws-error.ts'
import { diskError } from '../server/disk-error.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from '../server/exchange.ts'
import { takeApart } from './address.ts'
import type { S3Request } from './exchange.ts'
import type { ObjectStore } from './object-store.ts'
import { checkPresigned } from './presigned.ts'
import { operationOf } from './routes.ts'
import { S3Error, s3Error } from './s3-error.ts'
import { openState, type S3Options, type S3State } from './state.ts'
import { storedObjects } from './stored-objects.ts'
import { element, MAX_XML_BYTES } from './xml.ts'

/** Opens S3 on its folder: the service on the wire, and its objects for the services beside it. */
export async function openS3(options: S3Options): Promise<{ service: SandboxService; objects: ObjectStore }> {
  const state = openState(options)
  const service: SandboxService = {
    signingName: 's3',
    protocol: 's3',
    limitBytes: MAX_XML_BYTES,
    handle: request => handle(state, request),
    refuse: (request, error) => errorReply(request, error, idsOf(request)),
  }
  return { service, objects: storedObjects(state) }
}

async function handle(state: S3State, raw: SandboxRequest): Promise<SandboxReply> {
  const ids = idsOf(raw)
  try {
    const request = takeApart(state, raw)
    checkPresigned(request)
    checkOwner(request)
    const reply = await operationOf(request)(request)
    return { ...reply, headers: { ...ids, ...INERT, ...reply.headers } }
  } catch (error) {
    if (error instanceof AwsError) return errorReply(raw, error, ids)
    if (raw.signal.aborted) throw error
    const full = await diskError(error, state.care, raw.signal)
    if (full) return errorReply(raw, full, ids)
    state.options.log(`error: s3 ${raw.method} ${raw.path}: ${error instanceof Error ? error.stack : String(error)}`)
    const crash = new AwsError('InternalError', 'We encountered an internal error. Please try again.', 500)
    return errorReply(raw, crash, ids)
  }
}

/** What an object holds is its owner's: should a browser ever show one, nothing in it runs or loads anything. */
const INERT = { 'content-security-policy': "sandbox; default-src 'none'" }

const idsOf = ({ id }: SandboxRequest) => ({ 'x-amz-request-id': id, 'x-amz-id-2': Buffer.from(id).toString('base64') })

/** @throws AwsError `AccessDenied` when the caller expects the bucket to be somebody else's */
function checkOwner({ headers, state }: S3Request): void {
  const expected = headers['x-amz-expected-bucket-owner']
  if (expected !== undefined && expected !== state.options.account) throw s3Error('AccessDenied')
}

function errorReply(raw: SandboxRequest, error: AwsError, ids: Record<string, string>): SandboxReply {
  const headers = { ...ids, ...(error instanceof S3Error ? error.headers : {}) }
  // Neither carries a body: of a HEAD the status alone says what is wrong.
  if (error.status === 304 || raw.method === 'HEAD') return { status: error.status, headers }
  const inner = [
    element('Code', error.code),
    element('Message', error.message),
    ...Object.entries(error.fields).map(([name, value]) => element(name, String(value))),
    element('Resource', raw.path),
    element('RequestId', raw.id),
    element('HostId', ids['x-amz-id-2']),
  ].join('')
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}</Error>`
  return { status: error.status, headers: { ...headers, 'content-type': 'application/xml' }, body }
}
