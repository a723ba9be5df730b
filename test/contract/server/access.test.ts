import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCESS_KEY, openSandboxHere } from '../../fixture/open-core.ts'
import { type Answered, CALLS, type Call, overHttp1, overHttp2, signCall } from './server-under-test.ts'

type Sandbox = Awaited<ReturnType<typeof openSandboxHere>>
const OTHER = { ...ACCESS_KEY, accessKeyId: 'SLUICESOMEBODYELSE22' }
const FORGED = { ...ACCESS_KEY, secretAccessKey: 'another-secret-of-forty-characters-for-1' }
const open = (access: { anyKey?: boolean; checkSignatures?: boolean }) =>
  openSandboxHere({ access: { key: ACCESS_KEY, anyKey: false, checkSignatures: false, now: Date.now, ...access } })

/** The code of an error, in whatever protocol it comes. */
function codeOf({ headers, text }: Answered): string {
  return String(headers['x-amzn-errortype'] ?? /<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? '')
}
const kind = ({ service }: Call) => (service === 's3' ? 's3' : ['iam', 'sts'].includes(service) ? 'query' : 'json')
const each = CALLS.map(call => [call.service, call] as const)
const unsigned = (call: Call) => call.headers

async function answered(sandbox: Sandbox, call: Call, headers: Record<string, string>) {
  const replies = [
    await overHttp1(sandbox.endpoint, { ...call, headers }),
    await overHttp2(sandbox.endpoint, { ...call, headers }),
  ]
  const [one, two] = replies.map(reply => [reply.status, codeOf(reply)] as const)
  expect(two).toEqual(one)
  return one
}

let strict: Sandbox
let keyed: Sandbox
let anyone: Sandbox
beforeAll(async () => {
  strict = await open({ checkSignatures: true })
  keyed = await open({})
  anyone = await open({ anyKey: true })
})
afterAll(async () => {
  for (const sandbox of [strict, keyed, anyone]) await sandbox.close()
})

describe.each(each)('%s', (_service, call) => {
  it('refuses what is not signed, with the code of AWS', async () => {
    const expected = {
      s3: [403, 'AccessDenied'],
      query: [403, 'MissingAuthenticationToken'],
      json: [400, 'MissingAuthenticationTokenException'],
    }[kind(call)]
    for (const sandbox of [strict, keyed, anyone])
      expect(await answered(sandbox, call, unsigned(call))).toEqual(expected)
  })

  it('refuses the key of another sandbox with the code of AWS, unless any key may come in', async () => {
    const expected = {
      s3: [403, 'InvalidAccessKeyId'],
      query: [403, 'InvalidClientTokenId'],
      json: [400, 'UnrecognizedClientException'],
    }[kind(call)]
    for (const sandbox of [strict, keyed])
      expect(await answered(sandbox, call, await signCall(sandbox.endpoint, call, OTHER))).toEqual(expected)
    expect(await answered(anyone, call, await signCall(anyone.endpoint, call, OTHER))).toEqual([200, ''])
  })

  it('refuses a signature that was made with another secret, where signatures are checked', async () => {
    const expected = {
      s3: [403, 'SignatureDoesNotMatch'],
      query: [403, 'SignatureDoesNotMatch'],
      json: [400, 'InvalidSignatureException'],
    }[kind(call)]
    expect(await answered(strict, call, await signCall(strict.endpoint, call, FORGED))).toEqual(expected)
    expect(await answered(keyed, call, await signCall(keyed.endpoint, call, FORGED))).toEqual([200, ''])
    expect(await answered(strict, call, await signCall(strict.endpoint, call))).toEqual([200, ''])
  })

  it('takes a clock that is a quarter of an hour off, and no more', async () => {
    const expected = {
      s3: [403, 'RequestTimeTooSkewed'],
      query: [403, 'SignatureDoesNotMatch'],
      json: [400, 'InvalidSignatureException'],
    }[kind(call)]
    const minutes = (off: number) => new Date(Date.now() + off * 60_000)
    for (const off of [-14, 14])
      expect(await answered(strict, call, await signCall(strict.endpoint, call, ACCESS_KEY, minutes(off)))).toEqual([
        200,
        '',
      ])
    for (const [off, words] of [
      [-16, /Signature expired: \d{8}T\d{6}Z is now earlier than/],
      [16, /Signature not yet current: \d{8}T\d{6}Z is still later than/],
    ] as const) {
      const headers = await signCall(strict.endpoint, call, ACCESS_KEY, minutes(off))
      expect(await answered(strict, call, headers)).toEqual(expected)
      const { text } = await overHttp1(strict.endpoint, { ...call, headers })
      expect(text).toMatch(kind(call) === 's3' ? /<MaxAllowedSkewMilliseconds>900000</ : words)
    }
  })

  it('refuses a signature for another service, a session token, and a header that cannot be read', async () => {
    const other = call.service === 'iam' ? 'sts' : 'iam'
    const target = {
      ...call,
      headers: { ...call.headers, ...(call.service === 's3' && { 'x-amz-target': 'Kinesis_20131202.ListStreams' }) },
    }
    const scoped = await signCall(keyed.endpoint, { ...target, service: other })
    // The service is that of the scope where nothing else names one: what must not happen is that it is another than
    // was signed for.
    const [status] = (await answered(keyed, target, scoped)) ?? []
    if (call.headers['x-amz-target']) expect(status).toBe(400)
    const token = await signCall(keyed.endpoint, {
      ...call,
      headers: { ...call.headers, 'x-amz-security-token': 'token' },
    })
    const [, code] = (await answered(keyed, call, token)) ?? []
    expect(code).toMatch(/^(InvalidToken|InvalidClientTokenId|UnrecognizedClientException)$/)
    const signed = await signCall(keyed.endpoint, call)
    for (const authorization of [
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 Credential=a',
      'Basic YTpi',
      signed.authorization?.replace('aws4_request', 'aws4') ?? '',
      `AWS ${ACCESS_KEY.accessKeyId}:x`,
    ]) {
      const [refused, why] = (await answered(keyed, call, { ...signed, authorization })) ?? []
      expect([400, 403], authorization).toContain(refused)
      expect(why, authorization).toMatch(
        /^(AuthorizationHeaderMalformed|IncompleteSignature(Exception)?|MissingAuthenticationToken(Exception)?)$/,
      )
    }
  })
})
