import { z } from 'zod'
import { Engine } from '../job/engine.ts'
import { call, stream } from '../rpc/contract.ts'
import { Standing } from './protection.ts'

/** Where a pipeline lives. Data: nothing asks for the kind to decide what to do. */
export const Target = z.object({
  id: z.string(),
  kind: z.enum(['sandbox', 'aws']),
  title: z.string(),
  /** The profile of the AWS CLI whose credentials it uses; absent for the sandbox. */
  profile: z.string().optional(),
  /** Empty where nobody says one: nothing can be asked of it then. */
  region: z.string(),
  /** Twelve digits; empty while it is not known (the profile does not say, nobody has asked STS). */
  account: z.string(),
  /** A CSS colour that frames the window. */
  colour: z.string(),
  ...Standing.shape,
  /** The address that all its clients use; absent for AWS's own. */
  endpoint: z.string().optional(),
  /**
   * Why it cannot be used, as the end of a sentence that begins with its name; absent for all others. It is shown, and
   * no client is made for it.
   */
  problem: z.string().optional(),
  /** What to do about the problem. */
  problemHint: z.string().optional(),
  /** What can run a job there. */
  engines: z.array(Engine),
  /** That a pipeline brings the packages of its job there; absent where what runs a job has them. */
  packages: z.literal('wheelhouse').optional(),
  /** The warehouse that queries go to. */
  warehouse: z.object({ clusterIdentifier: z.string(), database: z.string(), dbUser: z.string() }),
})
export type Target = z.infer<typeof Target>
/** A target as its host knows it: core says by the user's rules what may be done there. */
export type PlacedTarget = Omit<Target, keyof Standing>

/**
 * Where the credentials of a profile come from:
 * - sso, legacy-sso: IAM Identity Center, with an sso-session or without one
 * - login: `aws login`
 * - role, web-identity: a role that is assumed, with other credentials or with a token
 * - process: a program that prints them
 * - keys: they stand in the files
 * - environment: AWS_ACCESS_KEY_ID and its brothers
 * - none: nothing says where
 */
export const ProfileKind = z.enum([
  'sso',
  'legacy-sso',
  'login',
  'role',
  'web-identity',
  'process',
  'keys',
  'environment',
  'none',
])
export type ProfileKind = z.infer<typeof ProfileKind>

/**
 * What is known of a profile's credentials without a call:
 * - ready: they can be had without anybody doing anything, as far as the files say
 * - logged-in, logged-out, expired: as the cache of logins says
 * - mfa: they take a code of an MFA device
 * - none: there are none
 * - refused: the AWS CLI or Sluice does not use the profile, and `problem` says why
 */
export const ProfileState = z.enum(['ready', 'logged-in', 'logged-out', 'expired', 'mfa', 'none', 'refused'])
export type ProfileState = z.infer<typeof ProfileState>

/** A profile of the AWS CLI's files, as its list has it. No secret is in it. */
export const Profile = z.object({
  name: z.string(),
  /** Null where nobody says one. */
  region: z.string().nullable(),
  account: z.string().nullable(),
  /** The role that it has in the account. */
  role: z.string().nullable(),
  kind: ProfileKind,
  state: ProfileState,
  /** Who says the region: a line of a file, or a variable of the environment. */
  regionFrom: z.string().nullable(),
  /** When the login, or the credentials that are known, end. */
  expiresAt: z.iso.datetime().nullable(),
  /** Why it cannot be used, as the end of a sentence that begins with its name. */
  problem: z.string().nullable(),
  /** What is better done otherwise, though it can be used. */
  warning: z.string().nullable(),
  /** What to do next, where something is to be done. */
  hint: z.string().nullable(),
  /** The line where it begins, as `~/.aws/config, line 3`; null for the environment. */
  place: z.string().nullable(),
  /** What somebody logs in to for it from here: an sso-session, or a start address; null where there is none. */
  login: z.string().nullable(),
})
export type Profile = z.infer<typeof Profile>

export const ProfileList = z.object({
  profiles: z.array(Profile),
  /** What somebody logs in to from here, by its name: each sso-session, and start addresses that profiles name. */
  logins: z.array(z.string()),
  /** What could not be read. The rest of the list is there all the same. */
  problems: z.array(z.object({ file: z.string(), line: z.int().nullable(), message: z.string() })),
})
export type ProfileList = z.infer<typeof ProfileList>

/** How somebody logs in: a browser of this machine comes back by itself, or a code is typed into any browser. */
export const LoginWay = z.enum(['browser', 'device-code'])
export type LoginWay = z.infer<typeof LoginWay>

/** What somebody logs in to, by one of three names; where none is said, the only login that there is. */
const LoginAsked = z.strictObject({
  profile: z.string().optional(),
  ssoSession: z.string().optional(),
  /** As `logins` of the list has it. */
  login: z.string().optional(),
})
export type LoginAsked = z.infer<typeof LoginAsked>

/** A role of an account that a login may use. */
export const OfferedRole = z.object({ accountId: z.string(), accountName: z.string(), roleName: z.string() })
export type OfferedRole = z.infer<typeof OfferedRole>

const OfLogin = {
  /** The session; the start address where there is none. */
  name: z.string(),
  startUrl: z.string(),
}

/** How far a login is. Only the last one of each is of interest. */
export const LoginEvent = z.discriminatedUnion('state', [
  z.object({ state: z.literal('preparing'), ...OfLogin }),
  z.object({
    state: z.literal('waiting'),
    ...OfLogin,
    way: LoginWay,
    /** The page that asks whoever logs in. */
    url: z.string(),
    /** The code that the page shows or asks for; null where the browser comes back by itself. */
    code: z.string().nullable(),
    /** Until when it can be answered. */
    until: z.iso.datetime(),
    /** What is wrong with this machine's clock. */
    warning: z.string().nullable(),
  }),
  z.object({
    state: z.literal('done'),
    ...OfLogin,
    /** When the token ends. */
    until: z.iso.datetime(),
    /** Whether it is renewed by itself while the session lasts. */
    renewed: z.boolean(),
    warning: z.string().nullable(),
  }),
])
export type LoginEvent = z.infer<typeof LoginEvent>

const REGION_BEHIND = /^(.+)@([a-z]{2,}(?:-[a-z]+)+-\d+)$/su

/**
 * The target of an id: one that is listed, or, for `ID@REGION`, the listed one in another region. Which profile has
 * which name is asked first: one may be called so.
 */
export function findTarget<T extends Pick<Target, 'id' | 'kind' | 'region'>>(
  targets: readonly T[],
  id: string,
): T | undefined {
  const known = targets.find(target => target.id === id)
  if (known) return known
  const [, base, region] = REGION_BEHIND.exec(id) ?? []
  const target = targets.find(entry => entry.id === base && entry.kind === 'aws')
  return target && region !== undefined ? { ...target, id, region } : undefined
}

/** The id of a target in a region: its own where that is its region. */
export const idInRegion = (target: Pick<Target, 'id' | 'region'>, region: string | undefined): string =>
  region === undefined || region === target.region ? target.id : `${target.id}@${region}`

export const targetsContract = {
  list: call(z.strictObject({}), z.array(Target)),
  /** The profiles of this machine, with what is wrong with their files. Nobody is asked but the files. */
  profiles: call(z.strictObject({}), ProfileList),
  /** Logs in to IAM Identity Center for a profile, a session, or the only one that there is. Cancelled, it ends. */
  login: stream(LoginAsked.extend({ way: LoginWay }), LoginEvent),
  /** The roles that a login may use and no profile names, as IAM Identity Center lists them, in its order. */
  offered: call(LoginAsked, z.array(OfferedRole)),
  /**
   * Puts a profile for one of them at the end of the AWS CLI's file, of which a copy is made before; `backup` is null
   * where there was no file.
   */
  addProfile: call(
    LoginAsked.extend({
      name: z.string(),
      accountId: z.string(),
      roleName: z.string(),
      /** Left out of the file where it is not said. */
      region: z.string().optional(),
    }),
    z.object({ file: z.string(), backup: z.string().nullable() }),
  ),
  /** Asks STS who the credentials are. */
  identity: call(
    z.strictObject({ target: z.string() }),
    z.object({ account: z.string(), arn: z.string(), userId: z.string(), at: z.iso.datetime() }),
  ),
}
