import type { SandboxService } from '../server/exchange.ts'
import { queryService } from '../server/query-protocol.ts'
import { assumeRole } from './assume-role.ts'
import { getCallerIdentity, type StsRole, type StsState } from './get-caller-identity.ts'

/**
 * STS (2011-06-15): who a caller is, and AssumeRole of the roles that it is given. A sandbox gives it none: it has one
 * key, and no policy is enforced, so that a role's session would differ from the caller in nothing.
 */
export function createSts(options: {
  account: string
  assumable?: { roles: ReadonlyMap<string, StsRole>; now: () => number }
}): SandboxService {
  const { account, assumable } = options
  return queryService<StsState>({
    signingName: 'sts',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    state: { account, roles: assumable?.roles ?? new Map(), now: assumable?.now ?? (() => 0) },
    operations: assumable ? [getCallerIdentity, assumeRole] : [getCallerIdentity],
  })
}
