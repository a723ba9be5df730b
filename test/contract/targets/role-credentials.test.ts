import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AskMfaCode } from '../../../electron/core/targets/profiles/credentials.ts'
import {
  answerForAws,
  asked,
  credentials,
  failureOf,
  home,
  KEYS,
  logIn,
  ROLE,
  refusals,
  SESSION,
  SSO,
} from './aws-answers.ts'

answerForAws()

describe('credentials of a role', () => {
  it('are assumed in a chain that ends at single sign-on, in the region of the target', async () => {
    await home.config(
      `[profile a]\n${ROLE}\nexternal_id = ext\nduration_seconds = 900\nrole_session_name = me\nsource_profile = b\n` +
        `[profile b]\n${ROLE}2\nsource_profile = c\n[profile c]\n${SSO}\n${SESSION}`,
    )
    await logIn({ expiresAt: '2026-12-01T18:00:00Z' })
    expect(await credentials('a').provide()).toMatchObject({ accessKeyId: 'ASIA3' })
    const [, second, first] = asked
    expect(second).toMatchObject({ host: 'sts.eu-west-1.amazonaws.com', signedBy: 'ASIAPORTAL' })
    expect(first).toMatchObject({ host: 'sts.eu-west-1.amazonaws.com', signedBy: 'ASIA2' })
    expect(Object.fromEntries(first?.body as URLSearchParams)).toMatchObject({
      RoleArn: 'arn:aws:iam::123456789012:role/reader',
      ExternalId: 'ext',
      DurationSeconds: '900',
      RoleSessionName: 'me',
    })
  })

  it('take the keys of the environment where the profile says so', async () => {
    await home.config(`[profile a]\n${ROLE}\ncredential_source = Environment\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      message: 'a takes its credentials from the environment, which has none.',
      hint: expect.stringContaining('Set AWS_ACCESS_KEY_ID'),
    })
    await credentials('a', { env: { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's' } }).provide()
    expect(asked).toMatchObject([{ signedBy: 'AKIAENV' }])
  })

  it('with an MFA device ask for its code once, and keep what they get where the AWS CLI looks for it', async () => {
    await home.config(`[profile a]\n${ROLE}\nmfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = b\n`)
    await home.credentials(`[b]\n${KEYS}\n`)
    const questions: unknown[] = []
    const askMfaCode: AskMfaCode = async question => {
      questions.push(question)
      return ' 123456 '
    }
    expect(await credentials('a', { askMfaCode }).provide()).toMatchObject({ accessKeyId: 'ASIA1' })
    expect(questions).toEqual([{ profile: 'a', device: 'arn:aws:iam::1:mfa/me' }])
    expect(Object.fromEntries(asked[0]?.body as URLSearchParams)).toMatchObject({
      SerialNumber: 'arn:aws:iam::1:mfa/me',
      TokenCode: '123456',
    })
    // Another program, which can ask nobody.
    expect(await credentials('a').provide()).toMatchObject({ accessKeyId: 'ASIA1' })
    expect(asked).toHaveLength(1)
  })

  it('with an MFA device say where a code can be typed, where nobody can be asked', async () => {
    await home.config(`[profile a]\n${ROLE}\nmfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = b\n`)
    await home.credentials(`[b]\n${KEYS}\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'auth_expired',
      message: 'The role of a takes a code of an MFA device, and nobody was there to type it.',
      hint: expect.stringContaining('sluice whoami --profile a'),
    })
  })

  it('that STS refuses are reported as a refused role, not as a failure of the call that waits for them', async () => {
    await home.config(`[profile a]\n${ROLE}\nsource_profile = b\n`)
    await home.credentials(`[b]\n${KEYS}\n`)
    refusals.set('sts', { status: 403, type: 'AccessDenied' })
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'access_denied',
      message: 'STS does not give the role arn:aws:iam::123456789012:role/reader of a: AccessDenied: said so',
      hint: expect.stringContaining('sts:AssumeRole'),
    })
    refusals.set('sts', { status: 403, type: 'InvalidClientTokenId' })
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      code: 'auth_expired',
      hint: expect.stringContaining('aws configure --profile b'),
    })
  })

  it('by web identity need its token', async () => {
    await home.config(`[profile a]\n${ROLE}\nweb_identity_token_file = ${join(home.path, 'token')}\n`)
    expect(await failureOf(credentials('a').provide())).toMatchObject({
      hint: expect.stringContaining('Get a new token'),
    })
    await home.write('token', 'a.b.c')
    refusals.set('sts', { status: 400, type: 'InvalidIdentityToken' })
    expect(await failureOf(credentials('a').provide())).toMatchObject({ code: 'auth_expired' })
    expect(Object.fromEntries(asked[0]?.body as URLSearchParams)).toMatchObject({ WebIdentityToken: 'a.b.c' })
    expect(asked[0]?.signedBy).toBeUndefined()
  })
})
