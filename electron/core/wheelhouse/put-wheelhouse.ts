import { readFile } from 'node:fs/promises'
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { artifactsBucket } from '../deployed/versions.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { Wheelhouse } from './wheelhouse.ts'

export interface PutStep {
  doing: string
  /** 0 to 1, by the bytes that are there or have come. */
  fraction: number
}

/** Whether all of a wheelhouse is in the bucket. */
export const isDeployed = (context: PipelineContext, { markerKey }: Wheelhouse, signal: AbortSignal) =>
  isThere(context, markerKey, signal)

/**
 * Brings what the bucket has not: each wheel from the index or from this machine, then the list and the script, and the
 * marker at the end. Nothing is there twice, whatever ended it before.
 */
export async function* putWheelhouse(
  context: PipelineContext,
  wheelhouse: Wheelhouse,
  signal: AbortSignal,
): AsyncGenerator<PutStep> {
  if (await isDeployed(context, wheelhouse, signal)) return
  const { wheels: store } = context
  if (!store)
    throw new ExpectedError({
      code: 'unavailable',
      message: 'This host cannot fetch the packages of the job.',
      hint: 'Deploy them with "sluice deploy".',
      retryable: false,
    })
  const total = wheelhouse.sizeBytes
  let before = 0
  for (const wheel of wheelhouse.wheels) {
    const at = (bytes: number) => Math.min(1, (before + bytes) / total)
    if (!(await isThere(context, wheel.key, signal))) {
      const fetched = store.fetch(wheel, signal)
      let step = await fetched.next()
      for (; !step.done; step = await fetched.next())
        yield {
          doing: `fetching ${wheel.file}, ${mebibytes(step.value)} of ${mebibytes(wheel.sizeBytes)}`,
          fraction: at(step.value),
        }
      yield { doing: `uploading ${wheel.file}, ${mebibytes(wheel.sizeBytes)}`, fraction: at(wheel.sizeBytes) }
      await put(context, wheel.key, await readFile(step.value), signal)
    }
    before += wheel.sizeBytes
  }
  const { id, list, script, markerKey } = wheelhouse
  await put(context, list.key, Buffer.from(list.text), signal)
  await put(context, script.key, Buffer.from(script.text), signal)
  const marker = { id, wheels: wheelhouse.wheels.map(({ key }) => key) }
  await put(context, markerKey, Buffer.from(`${JSON.stringify(marker, undefined, 2)}\n`), signal)
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

async function put(context: PipelineContext, key: string, body: Buffer, signal: AbortSignal): Promise<void> {
  await context.aws.s3.send(new PutObjectCommand({ Bucket: artifactsBucket(context), Key: key, Body: body }), {
    abortSignal: signal,
  })
}

async function isThere(context: PipelineContext, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await context.aws.s3.send(new HeadObjectCommand({ Bucket: artifactsBucket(context), Key: key }), {
      abortSignal: signal,
    })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
