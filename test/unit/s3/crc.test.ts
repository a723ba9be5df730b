import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type RunningChecksum,
  runningCrc32,
  runningCrc32c,
  runningCrc64nvme,
} from '../../../electron/sandbox/s3/crc.ts'

/** The check values of the three (Catalogue of parametrised CRC algorithms): of the digits 1 to 9. */
const ALGORITHMS: [string, () => RunningChecksum, string][] = [
  ['CRC-32', runningCrc32, 'cbf43926'],
  ['CRC-32C', runningCrc32c, 'e3069283'],
  ['CRC-64/NVME', runningCrc64nvme, 'ae8b14860a799888'],
]

describe.each(ALGORITHMS)('%s', (_name, start, check) => {
  it('gives the published check value', () => {
    const running = start()
    running.update(Buffer.from('123456789'))
    expect(Buffer.from(running.digest(), 'base64').toString('hex')).toBe(check)
  })

  it('is the same however the bytes are cut', () => {
    const whole = (pieces: Uint8Array[]) => {
      const running = start()
      running.update(Buffer.concat(pieces))
      return running.digest()
    }
    const cut = (pieces: Uint8Array[]) => {
      const running = start()
      for (const piece of pieces) running.update(piece)
      return running.digest()
    }
    fc.assert(fc.property(fc.array(fc.uint8Array()), pieces => whole(pieces) === cut(pieces)))
  })
})
