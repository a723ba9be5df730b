import { createHash } from 'node:crypto'
import { z } from 'zod'
import { oidcError } from '../errors.ts'
import { knownClient } from '../known-client.ts'
import { oidcOperation } from '../operation.ts'
import { type Client, issueTokens, type PortalState } from '../state.ts'

const Input = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  grantType: z.string(),
  deviceCode: z.string().optional(),
  code: z.string().optional(),
  redirectUri: z.string().optional(),
  codeVerifier: z.string().optional(),
  refreshToken: z.string().optional(),
})
type Input = z.output<typeof Input>

export const createToken = oidcOperation({
  name: 'CreateToken',
  path: '/token',
  input: Input,
  run(state, input) {
    const client = knownClient(state, input)
    if (!client.grantTypes.includes(input.grantType))
      throw oidcError('UnsupportedGrantTypeException', `Unsupported grant type ${input.grantType}`)
    switch (input.grantType) {
      case 'authorization_code':
        return byCode(state, client, input)
      case 'refresh_token':
        return byRefreshToken(state, client, input)
      default:
        return byDevice(state, client, input)
    }
  },
})

const invalidGrant = () => oidcError('InvalidGrantException', 'Invalid grant provided')

/** RFC 7636, section 4.6: the code is good once, with the verifier of its challenge and the address it was sent to. */
function byCode(state: PortalState, client: Client, { code = '', codeVerifier = '', redirectUri }: Input) {
  const issued = state.codes.get(code)
  state.codes.delete(code)
  if (!issued || issued.clientId !== client.clientId || issued.redirectUri !== redirectUri) throw invalidGrant()
  if (issued.expiresMs <= state.now()) throw oidcError('ExpiredTokenException', 'The code has expired')
  const challenge = createHash('sha256').update(codeVerifier).digest('base64url')
  if (challenge !== issued.challenge) throw invalidGrant()
  return issueTokens(state, { startUrl: state.instance?.startUrl ?? '' }, client)
}

/** RFC 8628, section 3.5: who asks sooner than the interval is slowed down by five seconds. */
function byDevice(state: PortalState, client: Client, { deviceCode = '' }: Input) {
  const device = state.devices.get(deviceCode)
  if (!device || device.clientId !== client.clientId) throw invalidGrant()
  const nowMs = state.now()
  if (device.expiresMs <= nowMs) throw oidcError('ExpiredTokenException', 'The device code has expired')
  const sinceMs = nowMs - device.askedMs
  device.askedMs = nowMs
  if (device.decision === 'denied') throw oidcError('AccessDeniedException', 'Access denied')
  if (device.decision === 'allowed') {
    state.devices.delete(deviceCode)
    return issueTokens(state, { startUrl: device.startUrl }, client)
  }
  if (sinceMs < device.intervalMs) {
    device.intervalMs += 5_000
    throw oidcError('SlowDownException', 'Slow down')
  }
  throw oidcError('AuthorizationPendingException', 'Authorization is pending')
}

/** RFC 9700, section 4.14: a refresh token is replaced as it is used, and good once. */
function byRefreshToken(state: PortalState, client: Client, { refreshToken = '' }: Input) {
  const known = state.refreshTokens.get(refreshToken)
  state.refreshTokens.delete(refreshToken)
  if (!known || known.clientId !== client.clientId || !state.sessions.has(known.session)) throw invalidGrant()
  return issueTokens(state, known.session, client)
}
