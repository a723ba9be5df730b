import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readOpened, storeBytes } from '../../../electron/sandbox/s3/store-bytes.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-bytes-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('bytes on disk', () => {
  it('are read to their end although their file is removed meanwhile', async () => {
    const file = join(dir, 'object')
    writeFileSync(file, '0123456789')
    const [whole, part] = [readOpened(file), readOpened(file, { start: 2, end: 5 })]
    rmSync(file)
    expect([await text(whole), await text(part)]).toEqual(['0123456789', '2345'])
  })

  it('are summed up while they are written', async () => {
    const stored = await storeBytes([Readable.from([Buffer.from('1234'), Buffer.from('56789')])], join(dir, 'object'), {
      checksum: 'crc32',
      sha256: true,
      limitBytes: 9,
    })
    expect(stored).toMatchObject({ sizeBytes: 9, checksum: { name: 'crc32', value: 'y/Q5Jg==' } })
    expect(stored.md5.toString('hex')).toBe('25f9e794323b453885f5181f1b624d0b')
    expect(stored.sha256).toBe('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225')
  })

  it('past the limit are refused and leave no file', async () => {
    const source = Readable.from([Buffer.from('12345'), Buffer.from('67890')])
    await expect(storeBytes([source], join(dir, 'object'), { limitBytes: 9 })).rejects.toMatchObject({
      code: 'EntityTooLarge',
    })
    expect(readdirSync(dir)).toEqual([])
  })
})
