import { AwsError } from '../server/aws-error.ts'

/** The error codes of SSO OIDC with what each has as its `error`, as the service's model documents them. */
const CODES = {
  AccessDeniedException: 'access_denied',
  AuthorizationPendingException: 'authorization_pending',
  ExpiredTokenException: 'expired_token',
  InternalServerException: 'server_error',
  InvalidClientException: 'invalid_client',
  InvalidClientMetadataException: 'invalid_client_metadata',
  InvalidGrantException: 'invalid_grant',
  InvalidRedirectUriException: 'invalid_redirect_uri',
  InvalidRequestException: 'invalid_request',
  InvalidScopeException: 'invalid_scope',
  SlowDownException: 'slow_down',
  UnauthorizedClientException: 'unauthorized_client',
  UnsupportedGrantTypeException: 'unsupported_grant_type',
} as const
export type OidcErrorCode = keyof typeof CODES

/** The model's status of all others is 400. */
const STATUS: Partial<Record<OidcErrorCode, number>> = { InvalidClientException: 401, InternalServerException: 500 }

export const oidcError = (code: OidcErrorCode, description: string): AwsError =>
  new AwsError(code, description, STATUS[code] ?? 400, { error: CODES[code], error_description: description })

/** SSO's answer to a token that it does not know, in its own words (github.com/aws/aws-sdk-js-v3/issues/6864). */
export const unknownToken = (): AwsError =>
  new AwsError('UnauthorizedException', 'Session token not found or invalid', 401)
