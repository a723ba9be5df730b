import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSts } from '../../../electron/sandbox/sts/sts.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

let served: Awaited<ReturnType<typeof serveServices>>
let sts: STSClient

beforeAll(async () => {
  served = await serveServices([createSts({ account: '000000000000' })])
  sts = new STSClient({ endpoint: served.endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 })
})
afterAll(async () => {
  sts.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
})

describe('STS', () => {
  it('says that a caller is the root user of the account', async () => {
    const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}))
    expect({ Account, Arn, UserId }).toEqual({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
      UserId: '000000000000',
    })
  })

  it('names the operation that it does not know, with status 501', async () => {
    const refused = sts.send(
      new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/a', RoleSessionName: 'b' }),
    )
    await expect(refused).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('sts AssumeRole'),
      $metadata: { httpStatusCode: 501 },
    })
  })
})

describe('AssumeRole', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/team/reader'
  const NOW = Date.parse('2026-12-01T12:00:00Z')
  const mfa = { serial: 'arn:aws:iam::111122223333:mfa/me', code: () => '123456' }
  let withRoles: Awaited<ReturnType<typeof serveServices>>
  let client: STSClient
  const assume = (more: object) =>
    client.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'me', SerialNumber: mfa.serial, ...more }))

  beforeAll(async () => {
    const assumable = { roles: new Map([[ROLE, { mfa }]]), now: () => NOW }
    withRoles = await serveServices([createSts({ account: '000000000000', assumable })])
    client = new STSClient({ endpoint: withRoles.endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  })
  afterAll(async () => {
    client.destroy()
    await withRoles.close()
    expect(withRoles.crashes).toEqual([])
  })

  it('gives the credentials of a role for the code of its device, for as long as is asked', async () => {
    const { Credentials, AssumedRoleUser } = await assume({ TokenCode: '123456', DurationSeconds: 900 })
    expect(Credentials?.Expiration?.getTime()).toBe(NOW + 900_000)
    expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::111122223333:assumed-role/reader/me')
  })

  it('refuses a code that is wrong or missing, and a role that is not there', async () => {
    const refused = (more: object) => expect(assume(more)).rejects
    await refused({ TokenCode: '000000' }).toMatchObject({
      name: 'AccessDenied',
      message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
    })
    await refused({}).toMatchObject({ message: expect.stringContaining('must provide both MFA serial number') })
    await refused({ RoleArn: `${ROLE}2` }).toMatchObject({ message: expect.stringContaining('not authorized') })
  })
})
