import type { QueryOperation } from '../server/query-protocol.ts'

/** What the operations of STS know. */
export interface StsState {
  /** The account that every caller belongs to. */
  account: string
  /** The roles that can be assumed, by their ARN. */
  roles: ReadonlyMap<string, StsRole>
  now: () => number
}

export interface StsRole {
  /** The device whose code its trust policy asks for. */
  mfa?: { serial: string; code: () => string }
}

/**
 * Every caller is the account's root user: the sandbox knows no users, and takes any key. The id of the root user is
 * the account's.
 */
export const getCallerIdentity: QueryOperation<StsState> = {
  name: 'GetCallerIdentity',
  run: ({ account }) => ({ Arn: `arn:aws:iam::${account}:root`, UserId: account, Account: account }),
}
