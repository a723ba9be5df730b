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
  [
    'PUT',
    `/${BUCKET}?lifecycle`,
    'LifecycleConfiguration',
    '<Rule><ID>a</ID><Status>Enabled</Status><Prefix/><Expiration><Days>1</Days></Expiration></Rule>',
  ],
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
      ['a control character', `<${root}><A>a\u0001</A>${inner}</${root}>`],
      ['a control character behind its root', `${whole}\0`],
      ['a reference to a control character', `<${root}><A>&#1;</A>${inner}</${root}>`],
      ['a reference to NUL', `<${root}><A>&#0;</A>${inner}</${root}>`],
      ['a reference to half a character', `<${root}><A>&#xD800;</A>${inner}</${root}>`],
      ['a reference to no character', `<${root} a="&#xFFFE;">${inner}</${root}>`],
      ['an ampersand alone', `<${root}><A>a & b</A>${inner}</${root}>`],
      ['a reference without its end', `<${root}><A>&amp</A>${inner}</${root}>`],
      ['another root behind it', `${whole}<Other/>`],
      ['another root before it', `<Other></Other>${whole}`],
      ['a processing instruction', `<?php x?>${whole}`],
      ['a processing instruction in it', `<${root}><?a b?>${inner}</${root}>`],
      ['a declaration that does not come first', ` <?xml version="1.0"?>${whole}`],
      ['a declaration without a version', `<?xml encoding="UTF-8"?>${whole}`],
      ['a comment with two hyphens', `<!-- a -- b -->${whole}`],
      ['a comment that ends with three', `<!-- a --->${whole}`],
      ['text before it', `a${whole}`],
      ['a CDATA section outside of it', `${whole}<![CDATA[a]]>`],
      ['the end of a CDATA section alone', `<${root}><A>]]></A>${inner}</${root}>`],
      ['an attribute twice', `<${root} a="1" a="2">${inner}</${root}>`],
      ['an attribute without quotes', `<${root} a=1>${inner}</${root}>`],
      ['an attribute with a tag in it', `<${root} a="<b/>">${inner}</${root}>`],
      ['an end of another name', `<${root}><A></B></${root}>`],
      ['an end with an attribute', `<${root}>${inner}</${root} a="b">`],
      [
        'a hundred thousand elements in each other',
        `<${root}>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</${root}>`,
      ],
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

it('a key in a CDATA section is read as it is, and one with references as the characters that they name', async () => {
  for (const [key, stored] of [
    ['<![CDATA[a&amp;<b]]>', 'a%26amp%3B%3Cb'],
    ['a&amp;&#x3C;b<!-- c -->&#13;', 'a%26%3Cb%0D'],
  ] as const) {
    await s3.raw('PUT', `/${BUCKET}/${stored}`, { body: 'y' })
    const body = `<Delete><Quiet>true</Quiet><Object a='>'><Key>${key}</Key></Object></Delete>`
    expect((await s3.raw('POST', `/${BUCKET}?delete`, { body })).status).toBe(200)
    expect((await s3.raw('GET', `/${BUCKET}/${stored}`)).status).toBe(404)
  }
})

it('an answer is XML whatever a key is made of, which is whole with encoding-type=url', async () => {
  const path = `/${BUCKET}/odd%01%EF%BF%BE%0D%C2%85`
  await s3.raw('PUT', path, { body: 'y' })
  expect((await s3.raw('GET', `/${BUCKET}?list-type=2&prefix=odd`)).text).toContain(
    '<Key>odd\ufffd\ufffd&#13;&#133;</Key>',
  )
  expect((await s3.raw('GET', `/${BUCKET}?list-type=2&prefix=odd&encoding-type=url`)).text).toContain(
    '<Key>odd%01%EF%BF%BE%0D%C2%85</Key>',
  )
  await s3.raw('DELETE', path)
})

it('an element where a text must be is MalformedXML, and changes nothing', async () => {
  for (const key of ['<a/>', '<Key>k</Key>', 'k</Key><Key>k'])
    expect(
      codeOf(
        (await s3.raw('POST', `/${BUCKET}?delete`, { body: `<Delete><Object><Key>${key}</Key></Object></Delete>` }))
          .text,
      ),
    ).toBe('MalformedXML')
  expect((await s3.raw('GET', `/${BUCKET}/k`)).text).toBe('x')
})

it('what cannot be a header is refused where an address would make it one', async () => {
  for (const query of ['response-content-type=a%0d%0ax:y', 'response-cache-control=%E2%82%AC'])
    expect(codeOf((await s3.raw('GET', `/${BUCKET}/k?${query}`)).text)).toBe('InvalidArgument')
  const address = await s3.presigned('PUT', `/${BUCKET}/k?x-amz-meta-a=b%0d%0ac`)
  expect(codeOf((await s3.raw('PUT', address, { body: 'y' })).text)).toBe('InvalidArgument')
})
