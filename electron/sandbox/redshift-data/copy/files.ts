import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type CopyCommand, RedshiftError, type S3Place } from '../dialect/statement.ts'
import type { Warehouse } from '../warehouse.ts'

/** A file of a COPY: where its bytes are on disk, and where S3 has it. */
export interface CopyFile {
  path: string
  sizeBytes: number
  place: S3Place
}

/** A manifest or a file of paths is read in one piece; one of some thousand entries has a megabyte. */
const LARGEST_TEXT_BYTES = 16 * 1024 * 1024

/**
 * The files below the prefix, or those of the manifest, in the order of their keys.
 * @throws RedshiftError when the bucket, or every file, is missing
 */
export async function findFiles(warehouse: Warehouse, copy: CopyCommand): Promise<CopyFile[]> {
  const { bucket, key } = copy.from
  if (!warehouse.objects.hasBucket(bucket))
    throw new RedshiftError(
      `S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket`,
      'XX000',
    )
  const places = copy.manifest
    ? await readManifest(warehouse, copy.from)
    : (await warehouse.objects.list(bucket, key)).map(object => ({ bucket, key: object.key }))
  const files = []
  for (const place of places) {
    const found = await warehouse.objects.locate(place.bucket, place.key)
    if (found) files.push({ path: found.path, sizeBytes: found.sizeBytes, place })
  }
  if (files.length === 0) throw new RedshiftError(`The specified S3 prefix '${key}' does not exist`, 'XX000')
  return files
}

/** @throws RedshiftError when the object is not there, or too large for what it is */
export async function readText(warehouse: Warehouse, place: S3Place): Promise<string> {
  const found = await warehouse.objects.locate(place.bucket, place.key)
  if (!found)
    throw new RedshiftError(`The specified S3 object 's3://${place.bucket}/${place.key}' does not exist`, 'XX000')
  if (found.sizeBytes > LARGEST_TEXT_BYTES)
    throw new RedshiftError(
      `The object 's3://${place.bucket}/${place.key}' is too large for a manifest or JSONPaths file: it has ` +
        `${found.sizeBytes} bytes, and at most ${LARGEST_TEXT_BYTES} are read`,
      '53400',
    )
  return readFile(found.path, 'utf8')
}

const Manifest = z.object({ entries: z.array(z.object({ url: z.string(), mandatory: z.boolean().default(false) })) })

async function readManifest(warehouse: Warehouse, place: S3Place): Promise<S3Place[]> {
  const where = `s3://${place.bucket}/${place.key}`
  const manifest = parseAs(
    Manifest,
    await readText(warehouse, place),
    `Manifest file is not in correct json format: ${where}`,
  )
  const places = []
  for (const { url, mandatory } of manifest.entries) {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? []
    const found = await warehouse.objects.locate(bucket, key)
    if (!found && mandatory) throw new RedshiftError(`Mandatory url is not present in manifest file: ${url}`, 'XX000')
    if (found) places.push({ bucket, key })
  }
  return places
}

const JsonPaths = z.object({ jsonpaths: z.array(z.string()) })

/** The expressions of a jsonpaths file, one a column. @throws RedshiftError when it is none */
export async function readJsonPaths(warehouse: Warehouse, place: S3Place): Promise<string[]> {
  const where = `s3://${place.bucket}/${place.key}`
  return parseAs(JsonPaths, await readText(warehouse, place), `Invalid JSONPath file: ${where}`).jsonpaths
}

function parseAs<T>(schema: z.ZodType<T>, text: string, refusal: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw Object.assign(new RedshiftError(refusal, 'XX000'), { cause: error })
  }
}
