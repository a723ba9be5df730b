import { AwsError } from '../server/aws-error.ts'
import { unknownToken } from './errors.ts'
import type { Account, IssuedToken, PortalState } from './state.ts'

/** Whose token this is, while it lasts. @throws AwsError `UnauthorizedException` */
export function loggedIn(state: PortalState, token: string | undefined): IssuedToken {
  const issued = state.accessTokens.get(token ?? '')
  if (!issued || issued.expiresMs <= state.now() || !state.sessions.has(issued.session)) throw unknownToken()
  return issued
}

/** An account that is assigned. SSO's answer for any other is 403 "No access", which its model does not have. */
export function assigned(state: PortalState, accountId: string): Account {
  const account = state.instance?.accounts.find(entry => entry.accountId === accountId)
  if (!account) throw noAccess()
  return account
}

export const noAccess = (): AwsError => new AwsError('ForbiddenException', 'No access', 403)

/** A page of a list; a token is the place of the next one. */
export function pageOf<T>(items: readonly T[], query: URLSearchParams): { items: T[]; nextToken: string | null } {
  const size = Number(query.get('max_result') ?? 100)
  if (!Number.isInteger(size) || size < 1 || size > 100)
    throw new AwsError('InvalidRequestException', 'max_result must be between 1 and 100', 400)
  const from = Number(query.get('next_token') ?? 0)
  if (!Number.isInteger(from) || from < 0) throw new AwsError('InvalidRequestException', 'Invalid next_token', 400)
  const next = from + size
  return { items: items.slice(from, next), nextToken: next < items.length ? String(next) : null }
}
