import type { StateCare } from '../../../shared/state/damage.ts'
import type { Admit } from './access.ts'
import { AwsError } from './aws-error.ts'
import { formRefusal, isQueryForm } from './browsers.ts'
import { diskError } from './disk-error.ts'
import { plainRefusal, type SandboxReply, type SandboxRequest, type SandboxService } from './exchange.ts'
import { encodingOf, failure } from './json-protocol.ts'
import { isPresigned, scopeOfHeader } from './signature/credential.ts'

/**
 * Finds the service of a request: by its target header, else by the service named in its signature's scope, else
 * (presigned addresses) S3. The path alone leads nowhere: whatever is found, the request must be signed for it.
 */
export function createRouter(options: {
  services: readonly SandboxService[]
  admit: Admit
  onCrash: (error: unknown) => void
  /** Waits for a disk that takes no writes, and says what it fails with. */
  care?: StateCare
}) {
  const { services, admit, onCrash, care } = options
  const byTarget = new Map(services.filter(entry => entry.targetPrefix).map(entry => [entry.targetPrefix, entry]))
  const byScope = new Map(services.map(entry => [entry.signingName, entry]))

  return async function route(request: SandboxRequest): Promise<SandboxReply> {
    try {
      const service = find(request)
      const refusal = formRefusal({ ...request, protocol: service.protocol })
      if (refusal !== undefined) return plainRefusal(refusal)
      let admitted: SandboxRequest
      try {
        admitted = await admit(request, service)
      } catch (error) {
        if (error instanceof AwsError) return service.refuse(request, error)
        throw error
      }
      return await service.handle(admitted)
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
    const scope = scopeOfHeader(request.headers.authorization)
    const prefix =
      request.headers['x-amz-target']?.split('.')[0] ?? (scope === undefined ? pathPrefix(request) : undefined)
    if (prefix) {
      const found = byTarget.get(prefix)
      if (found) return found
      throw new AwsError(
        'UnknownOperationException',
        `The Sluice sandbox has no service with the target ${prefix}.`,
        501,
      )
    }
    // A form that is not signed names no service; it is refused in the words of those that take forms.
    const isForm =
      scope === undefined &&
      request.path === '/' &&
      !isPresigned(request.query) &&
      request.method === 'POST' &&
      isQueryForm(request.headers['content-type'])
    const found = isForm ? services.find(service => service.protocol === 'query') : byScope.get(scope ?? 's3')
    if (found) return found
    throw new AwsError('UnknownOperationException', `The Sluice sandbox has no service named ${scope}.`, 501)
  }
}

/** The service in a path of Smithy's RPC v2; of an unsigned request it says in whose words that is refused. */
const pathPrefix = ({ path }: SandboxRequest): string | undefined => /^\/service\/([^/]+)\/operation\//.exec(path)?.[1]
