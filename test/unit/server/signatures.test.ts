import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createAdmission } from '../../../electron/sandbox/server/access.ts'
import type { SandboxRequest, SandboxService } from '../../../electron/sandbox/server/exchange.ts'
import { createChunkSignatures } from '../../../electron/sandbox/server/signature/chunk-signatures.ts'
import { createSigningKeys, scopeText } from '../../../electron/sandbox/server/signature/signing-key.ts'

/*
 * The examples that AWS publishes: the test suite of Signature Version 4 (aws-sig-v4-test-suite), and those of the S3
 * API reference ("Authenticating Requests: Using the Authorization Header", "... Query Parameters", "Transferring
 * Payload in Multiple Chunks") and of the S3 User Guide (Signature Version 2). Their keys are the documentation's.
 */
const SUITE = {
  key: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  time: '20150830T123600Z',
  service: 'service',
  protocol: 'json' as const,
}
const S3 = {
  key: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  time: '20130524T000000Z',
  service: 's3',
  protocol: 's3' as const,
}
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

interface Example {
  of: typeof SUITE | typeof S3
  method?: string
  path?: string
  query?: string
  headers?: Record<string, string>
  signedHeaders?: string
  rawHeaders?: string[]
  body?: string
  signature: string
}

/** What the sandbox says to a request at the time of the example. */
async function admitted({ of, ...example }: Example): Promise<SandboxRequest> {
  const at = of.time.replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z')
  const admit = createAdmission({ key: of.key, anyKey: false, checkSignatures: true, now: () => Date.parse(at) })
  const inQuery = example.query?.includes('Signature=')
  const scope = `${of.time.slice(0, 8)}/us-east-1/${of.service}/aws4_request`
  const request: SandboxRequest = {
    id: 'id',
    method: example.method ?? 'GET',
    path: example.path ?? '/',
    query: example.query ?? '',
    headers: {
      ...(of === SUITE ? { host: 'example.amazonaws.com' } : { host: 'examplebucket.s3.amazonaws.com' }),
      ...(!inQuery && { 'x-amz-date': of.time }),
      ...example.headers,
      ...(!inQuery && {
        authorization:
          `AWS4-HMAC-SHA256 Credential=${of.key.accessKeyId}/${scope}, ` +
          `SignedHeaders=${example.signedHeaders ?? 'host;x-amz-date'}, Signature=${example.signature}`,
      }),
    },
    rawHeaders: example.rawHeaders ?? [],
    body: Readable.from([Buffer.from(example.body ?? '')]),
    signal: new AbortController().signal,
  }
  const never = () => {
    throw new Error('It is not to be called.')
  }
  const service: SandboxService = {
    signingName: of.service,
    protocol: of.protocol,
    limitBytes: 1000,
    handle: never,
    refuse: never,
  }
  return admit(request, service)
}

const OBJECT = { 'x-amz-content-sha256': EMPTY }
const PRESIGNED =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
  '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
  '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host'
const EXAMPLES: [string, Example][] = [
  ['get-vanilla', { of: SUITE, signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' }],
  [
    'get-vanilla-query-order-key-case',
    {
      of: SUITE,
      query: 'Param2=value2&Param1=value1',
      signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    },
  ],
  [
    'get-header-value-trim',
    {
      of: SUITE,
      headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
      signedHeaders: 'host;my-header1;my-header2;x-amz-date',
      signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    },
  ],
  [
    'get-header-key-duplicate',
    {
      of: SUITE,
      headers: { 'my-header1': 'value2, value2, value1' },
      rawHeaders: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
      signedHeaders: 'host;my-header1;x-amz-date',
      signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
    },
  ],
  [
    'get-relative (normalized)',
    { of: SUITE, path: '/example/..', signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' },
  ],
  [
    'post-vanilla',
    { of: SUITE, method: 'POST', signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b' },
  ],
  [
    'post-x-www-form-urlencoded',
    {
      of: SUITE,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      signedHeaders: 'content-type;host;x-amz-date',
      body: 'Param1=value1',
      signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    },
  ],
  [
    'S3, GET of an object',
    {
      of: S3,
      path: '/test.txt',
      headers: { ...OBJECT, range: 'bytes=0-9' },
      signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  ],
  [
    'S3, PUT of an object, its key sent as it is',
    {
      of: S3,
      method: 'PUT',
      path: '/test$file.text',
      headers: {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      },
      signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
  ],
  [
    'S3, a parameter without a value',
    {
      of: S3,
      query: 'lifecycle',
      headers: OBJECT,
      signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
  ],
  [
    'S3, a list',
    {
      of: S3,
      query: 'max-keys=2&prefix=J',
      headers: OBJECT,
      signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ],
  [
    'S3, a presigned address',
    {
      of: S3,
      path: '/test.txt',
      query: `${PRESIGNED}&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
      signature: '',
    },
  ],
  [
    'S3, a presigned address of Signature Version 2',
    {
      of: S3,
      path: '/photos/puppy.jpg',
      query: 'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620',
      headers: { host: 'johnsmith.localhost' },
      signature: '',
    },
  ],
]

describe('a published example of a signature', () => {
  it.each(EXAMPLES)(
    '%s: is let in as it is, and refused when anything that is signed changes',
    async (_name, example) => {
      await expect(admitted(example)).resolves.toBeDefined()
      const code = expect.stringMatching(/^(InvalidSignatureException|SignatureDoesNotMatch|AccessDenied)$/)
      const changes: Partial<Example>[] = [
        { method: 'DELETE' },
        { path: `${example.path ?? '/'}x` },
        ...(example.query?.includes('Expires=') ? [{ query: example.query.replace('Expires=', 'Expires=1') }] : []),
        ...(example.body === undefined ? [] : [{ body: `${example.body}&Param2=value2` }]),
      ]
      for (const change of changes) await expect(admitted({ ...example, ...change })).rejects.toMatchObject({ code })
    },
  )

  it('of a body in chunks fits chunk after chunk', () => {
    const scope = { date: '20130524', region: 'us-east-1', service: 's3' }
    const signatures = createChunkSignatures({
      key: createSigningKeys(S3.key)(scope),
      time: S3.time,
      scope: scopeText(scope),
      seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    })
    const fits = (bytes: number, signature: string) => {
      // In pieces, as they come from a socket.
      for (let sent = 0; sent < bytes; sent += 1000) signatures.update(Buffer.alloc(Math.min(1000, bytes - sent), 'a'))
      return signatures.chunkIs(signature)
    }
    expect([
      fits(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
      fits(1_024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
      fits(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
      fits(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
    ]).toEqual([true, true, true, false])
  })
})
