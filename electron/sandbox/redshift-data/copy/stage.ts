import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, link } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type CopyCommand, RedshiftError } from '../dialect/statement.ts'
import type { CopyFile } from './files.ts'

/** What a compressed file may become. AWS names no limit; a machine that others work on needs one. */
export interface Expansion {
  bytes: number
  /** Times its compressed size, once it has become more than `ratioFromBytes`: text is seldom a fiftieth of itself. */
  ratio: number
  ratioFromBytes: number
}
export const EXPANSION: Expansion = { bytes: 4 * 1024 ** 3, ratio: 200, ratioFromBytes: 64 * 1024 ** 2 }

/**
 * The file under a name that no one else chose, in the folder that the engine reads: as S3 has it, or uncompressed and
 * cleaned where the COPY asks for it. Piece by piece, however large it is. @throws RedshiftError when it is not gzip,
 * or becomes more than `expansion` allows
 */
export async function stageFile(
  file: CopyFile,
  copy: CopyCommand,
  folder: string,
  number: number,
  expansion: Expansion = EXPANSION,
): Promise<CopyFile> {
  const path = join(folder, String(number))
  const steps = [
    ...(copy.gzip ? [createGunzip(), boundExpansion(file, expansion)] : []),
    ...(copy.invalidCharacter === '' ? [] : [replaceInvalid(copy.invalidCharacter)]),
  ]
  if (steps.length === 0) await takeOver(file.path, path)
  else {
    try {
      await pipeline([createReadStream(file.path), ...steps, createWriteStream(path)])
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && /^Z_|^ERR_ZLIB/.test(String(error.code)))) throw error
      throw Object.assign(
        new RedshiftError(`The file ${nameOf(file)} is not a valid gzip file: ${error.message}`, 'XX000'),
        {
          cause: error,
        },
      )
    }
  }
  return { ...file, path }
}

const nameOf = ({ place }: CopyFile): string => `s3://${place.bucket}/${place.key}`

/** An object's file is replaced, never changed in place: a link is enough, where the two are on one disk. */
async function takeOver(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (
      !(
        error instanceof Error &&
        'code' in error &&
        ['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(String(error.code))
      )
    )
      throw error
    await copyFile(from, to)
  }
}

function boundExpansion(file: CopyFile, { bytes, ratio, ratioFromBytes }: Expansion): Transform {
  const atMost = Math.min(bytes, Math.max(ratioFromBytes, ratio * file.sizeBytes))
  let sizeBytes = 0
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      sizeBytes += piece.length
      if (sizeBytes <= atMost) done(null, piece)
      else
        done(
          new RedshiftError(
            `The file ${nameOf(file)} has ${file.sizeBytes} bytes and becomes more than ${atMost} bytes when it ` +
              `is uncompressed, which is the sandbox's limit. Split it into smaller files`,
            '53400',
          ),
        )
    },
  })
}

/** What is not UTF-8, replaced by one character each, as ACCEPTINVCHARS asks. */
function replaceInvalid(character: string): Transform {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const replaced = (text: string) => Buffer.from(text.replaceAll('\ufffd', character))
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => done(null, replaced(decoder.decode(piece, { stream: true }))),
    flush: done => done(null, replaced(decoder.decode())),
  })
}
