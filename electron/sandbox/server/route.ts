import type { StateCare } from '../../../shared/state/damage.ts'
import { AwsError } from './aws-error.ts'
import { diskError } from './disk-error.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from './exchange.ts'
import { encodingOf, failure } from './json-protocol.ts'

/**
 * Finds the service of a request: by its target header or RPC path, else by the service named in the signature's credential scope, else
 * (unsigned or presigned object requests) S3.
 */
export function createRouter(services: readonly SandboxService[], onCrash: (error: unknown) => void, care?: StateCare) {
  const byTarget = new Map(services.filter(entry => entry.targetPrefix).map(entry => [entry.targetPrefix, entry]))
  const byScope = new Map(services.map(entry => [entry.signingName, entry]))

  return async function route(request: SandboxRequest): Promise<SandboxReply> {
    try {
      return await find(request).handle(request)
    } catch (error) {
      if (error instanceof AwsError) return failure(request, encodingOf(request), error)
      const full = care && (await diskError(error, care, request.signal))
      if (full) return failure(request, encodingOf(request), full)
      if (!request.signal.aborted) onCrash(error)
      const crash = new AwsError('InternalFailure', 'The sandbox failed to process the request; its log says why.', 500)
      return failure(request, encodingOf(request), crash)
    }
  }

  function find(request: SandboxRequest): SandboxService {
    const prefix = request.headers['x-amz-target']?.split('.')[0] ?? /^\/service\/([^/]+)\/operation\//.exec(request.path)?.[1]
    if (prefix) {
      const found = byTarget.get(prefix)
      if (found) return found
      throw new AwsError('UnknownOperationException', `The Sluice sandbox has no service with the target ${prefix}.`, 501)
    }
    const scope = credentialScope(request)
    const found = byScope.get(scope ?? 's3')
    if (found) return found
    throw new AwsError('UnknownOperationException', `The Sluice sandbox has no service named ${scope}.`, 501)
  }
}

/** The service in `Credential=<key>/<date>/<region>/<service>/aws4_request`, of the header or of a presigned query. */
function credentialScope(request: SandboxRequest): string | undefined {
  const header = /Credential=[^/,]+\/\d+\/[^/,]+\/([^/,]+)\/aws4_request/.exec(request.headers.authorization ?? '')
  if (header) return header[1]
  const presigned = /(?:^|&)X-Amz-Credential=([^&]+)/.exec(request.query)?.[1]
  return presigned && decodeURIComponent(presigned).split('/')[3]
}
