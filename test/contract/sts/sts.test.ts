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
