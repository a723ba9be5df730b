import { oidcError } from './errors.ts'
import type { Client, PortalState } from './state.ts'

/** The client of a request, if its secret is right and lasts. @throws AwsError `InvalidClientException` */
export function knownClient(state: PortalState, asked: { clientId: string; clientSecret: string }): Client {
  const client = state.clients.get(asked.clientId)
  if (client?.clientSecret !== asked.clientSecret || client.expiresMs <= state.now())
    throw oidcError('InvalidClientException', 'Invalid client')
  return client
}
