import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { tailOfGzip } from '../../../electron/core/jobs/log-tail.ts'

const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`).join('')

it('a log that fits is given whole', async () => {
  expect(await tailOfGzip(gzipSync(lines), 'x.gz')).toBe(lines)
  expect(await tailOfGzip(gzipSync(''), 'x.gz')).toBe('')
})

it('of a longer one the end is kept, from a whole line on, and what is left out is said', async () => {
  const text = await tailOfGzip(gzipSync(lines), 's3://logs/x.gz', 100)
  const [note, first, ...rest] = text.split('\n')
  expect(note).toBe(`[${lines.length - 99} bytes before this line are left out: the whole log is s3://logs/x.gz]`)
  expect(first).toBe('line 989')
  expect(rest.at(-2)).toBe('line 999')
})

it('a file that becomes larger than any log is not read to its end', async () => {
  await expect(tailOfGzip(gzipSync(Buffer.alloc(1_000_000)), 'x.gz', 1_000, 100_000)).rejects.toThrow(
    /becomes more than 100000 bytes/,
  )
})

it('a file that is no gzip fails', async () => {
  await expect(tailOfGzip(Buffer.from('plain'), 'x.gz')).rejects.toThrow()
})
