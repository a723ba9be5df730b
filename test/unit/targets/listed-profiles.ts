import { afterEach, beforeEach, expect } from 'vitest'
import type { Profile, ProfileList } from '../../../shared/features/targets.ts'
import { type AwsHome, awsHome } from '../../fixture/aws-profiles.ts'

export const KEYS = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret'
export const ROLE = 'role_arn = arn:aws:iam::123456789012:role/team/reader'
export const SSO = 'sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly'
export const SESSION = '[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n'
export const NOW = Date.parse('2026-12-01T12:00:00Z')

export let home: AwsHome

/** Gives each test of the file a home with no files of the AWS CLI in it. */
export function homeForEach(): void {
  beforeEach(async () => {
    home = await awsHome()
  })
  afterEach(() => home.remove())
}

export async function list(config: string | Uint8Array, credentials?: string, env: NodeJS.ProcessEnv = {}) {
  await home.config(config)
  if (credentials !== undefined) await home.credentials(credentials)
  return home.profiles(env, () => NOW).list()
}
export const names = ({ profiles }: ProfileList) => profiles.map(({ name }) => name)
export async function only(config: string, credentials?: string, env?: NodeJS.ProcessEnv): Promise<Profile> {
  const { profiles, problems } = await list(config, credentials, env)
  expect(problems).toEqual([])
  const [first] = profiles
  if (!first) throw new Error('nothing is listed')
  return first
}
