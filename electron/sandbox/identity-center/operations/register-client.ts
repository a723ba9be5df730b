import { z } from 'zod'
import { oidcError } from '../errors.ts'
import { oidcOperation } from '../operation.ts'
import { newSecret } from '../state.ts'

/** The grants that the service knows (model of CreateToken). */
const GRANTS = new Set(['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'])
const DEVICE_GRANTS = ['urn:ietf:params:oauth:grant-type:device_code']

/**
 * Without grants a client is one of devices. It gets refresh tokens where it named scopes: without them it is one from
 * before there were sessions, whose login is never refreshed (AWS CLI, "Configure SSO": `sso_registration_scopes`).
 */
export const registerClient = oidcOperation({
  name: 'RegisterClient',
  path: '/client/register',
  input: z.object({
    clientName: z.string().min(1),
    clientType: z.string(),
    scopes: z.array(z.string()).optional(),
    redirectUris: z.array(z.string()).optional(),
    grantTypes: z.array(z.string()).optional(),
    issuerUrl: z.string().optional(),
  }),
  run(state, { clientType, scopes = [], redirectUris = [], grantTypes, issuerUrl }) {
    if (clientType !== 'public') throw oidcError('InvalidClientMetadataException', 'Only public clients are supported')
    for (const grant of grantTypes ?? [])
      if (!GRANTS.has(grant)) throw oidcError('UnsupportedGrantTypeException', `Unsupported grant type ${grant}`)
    if (grantTypes?.includes('authorization_code')) {
      if (!issuerUrl || scopes.length === 0)
        throw oidcError('InvalidRequestException', 'issuerUrl and scopes are required for authorization_code')
      if (redirectUris.length === 0 || !redirectUris.every(isLoopback))
        throw oidcError('InvalidRedirectUriException', 'Redirect URIs must be loopback')
    }
    const client = {
      clientId: newSecret(),
      clientSecret: newSecret(),
      expiresMs: state.now() + state.lifetimes.client * 1_000,
      grantTypes: grantTypes ?? [...DEVICE_GRANTS, ...(scopes.length > 0 ? ['refresh_token'] : [])],
      redirectUris,
    }
    state.clients.set(client.clientId, client)
    return {
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      clientIdIssuedAt: Math.floor(state.now() / 1_000),
      clientSecretExpiresAt: Math.floor(client.expiresMs / 1_000),
    }
  },
})

const isLoopback = (uri: string): boolean => URL.canParse(uri) && new URL(uri).hostname === '127.0.0.1'
