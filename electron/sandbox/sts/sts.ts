import type { SandboxService } from '../server/exchange.ts'
import { queryService } from '../server/query-protocol.ts'
import { getCallerIdentity, type StsState } from './get-caller-identity.ts'

/**
 * STS (2011-06-15), as far as a client asks who it is. It gives out no credentials: the sandbox has one key, and no
 * policy is enforced, so that a role's session would differ from the caller in nothing.
 */
export function createSts({ account }: { account: string }): SandboxService {
  return queryService<StsState>({
    signingName: 'sts',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    state: { account },
    operations: [getCallerIdentity],
  })
}
