import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUCKET, type RunningS3, startS3 } from './fixture.ts'

let s3: RunningS3
beforeAll(async () => {
  s3 = await startS3()
  await s3.raw('PUT', `/${BUCKET}`)
  await s3.raw('PUT', `/${BUCKET}/k`, { body: 'x' })
})
afterAll(async () => {
  expect(s3.crashes).toEqual([])
  await s3.close()
})

/** A body that each of these operations takes, and its root. */
const TAKERS: [string, string, string, string][] = [
  ['POST', `/${BUCKET}?delete`, 'Delete', '<Object><Key>none</Key></Object>'],
  ['PUT', `/${BUCKET}/k?tagging`, 'Tagging', '<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>'],
  ['PUT', `/${BUCKET}?tagging`, 'Tagging', '<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>'],
  ['PUT', `/${BUCKET}?versioning`, 'VersioningConfiguration', '<Status>Suspended</Status>'],
  ['PUT', `/${BUCKET}?lifecycle`, 'LifecycleConfiguration', '<Rule><ID>a</ID></Rule>'],
  ['PUT', `/${BUCKET}`, 'CreateBucketConfiguration', ''],
]
const codeOf = (text: string) => /<Code>(.*?)<\/Code>/.exec(text)?.[1]

describe.each(TAKERS)('%s %s', (method, path, root, inner) => {
  const whole = `<${root}>${inner}</${root}>`

  it('takes its document, with a byte order mark, a declaration and comments, too', async () => {
    for (const body of [whole, `\ufeff${whole}`, `<?xml version="1.0" encoding="UTF-8"?>\n<!-- a -->${whole}\n`])
      expect([body, (await s3.raw(method, path, { body })).status]).toEqual([
        body,
        expect.toSatisfy((status: number) => status < 300),
      ])
  })

  it('answers MalformedXML to anything else', async () => {
    const odd: [string, string | Buffer][] = [
      ['no XML', 'hello'],
      ['blank', ' '],
      ['another root', '<Other/>'],
      ['two roots', `${whole}${whole}`],
      ['something behind it', `${whole}x`],
      ['an end that is missing', `<${root}>${inner}`],
      ['an element of a name that is none', `<${root}><__proto__>a</__proto__><1/>${inner}</${root}>`],
      ['a document type with entities', `<!DOCTYPE a [<!ENTITY b "c">]>${whole}`],
      ['an entity that is none', `<${root}><A>&nothing;</A>${inner}</${root}>`],
      ['a character that is none', `<${root}><A>&#x110000;</A>${inner}</${root}>`],
      ['a hundred thousand elements in each other', `<${root}>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</${root}>`],
      ['comments without end', `${'<!--'.repeat(100_000)}${whole}`],
      ['another encoding', Buffer.from(`\ufeff${whole}`, 'utf16le')],
      ['a declaration of another encoding', `<?xml version="1.0" encoding="UTF-16"?>${whole}`],
      [
        'bytes that are no UTF-8',
        Buffer.concat([Buffer.from(`<${root}><A>`), Buffer.from([0xff, 0xfe]), Buffer.from(`</A>${inner}</${root}>`)]),
      ],
    ]
    for (const [what, body] of odd) {
      const { status, text } = await s3.raw(method, path, { body })
      expect([what, status, codeOf(text)]).toEqual([what, 400, 'MalformedXML'])
    }
  })
})

it('an element where a text must be is MalformedXML, and changes nothing', async () => {
  for (const key of ['<a/>', '<Key>k</Key>', 'k</Key><Key>k'])
    expect(
      codeOf((await s3.raw('POST', `/${BUCKET}?delete`, { body: `<Delete><Object><Key>${key}</Key></Object></Delete>` })).text),
    ).toBe('MalformedXML')
  expect((await s3.raw('GET', `/${BUCKET}/k`)).text).toBe('x')
})

it('what cannot be a header is refused where an address would make it one', async () => {
  for (const query of ['response-content-type=a%0d%0ax:y', 'response-cache-control=%E2%82%AC'])
    expect(codeOf((await s3.raw('GET', `/${BUCKET}/k?${query}`)).text)).toBe('InvalidArgument')
  const address = await s3.presigned('PUT', `/${BUCKET}/k?x-amz-meta-a=b%0d%0ac`)
  expect(codeOf((await s3.raw('PUT', address, { body: 'y' })).text)).toBe('InvalidArgument')
})
