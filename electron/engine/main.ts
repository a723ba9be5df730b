import { randomUUID } from 'node:crypto'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { type JobArguments, parseJobArguments } from '../../shared/job/arguments.ts'
import { parseJobPlan, tableOf } from '../../shared/job/plan.ts'
import { makeFilesPrivate } from '../../shared/state/private-files.ts'
import { jumpText, watchClock } from '../../shared/time/clock-jumps.ts'
import { processTimes } from '../../shared/time/times.ts'
import { clientSettings, s3Client } from './clients.ts'
import { patiently } from './patience.ts'
import { runQuery } from './query.ts'

/*
 * The embedded engine: the streaming job as one program. Its arguments are those of the job on every engine; address
 * and credentials come from the environment. Exit codes: 0 ended on request, 1 failed (the last line of stderr says
 * why), 2 unusable arguments. SIGTERM and SIGINT end it after its batch; so does the end of its standard input, when
 * whoever started it is gone.
 */
const log = (line: string) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`)

makeFilesPrivate()

let args: JobArguments
try {
  args = parseJobArguments(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(2)
}

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
process.stdin.on('end', () => process.exit(1)).resume()
watchClock(processTimes, jump => log(`WARN ${jumpText(jump).title}`))

try {
  const clients = clientSettings(args.region)
  const s3 = s3Client(clients)
  const plan = parseJobPlan(await readPlan(s3, args.plan), args.plan)
  log(`INFO ${plan.query} of ${plan.pipeline} on the embedded engine: ${args.stream} to ${tableOf(plan)}`)
  await runQuery({
    plan,
    args,
    clients,
    s3,
    runId: randomUUID(),
    newQueryId: randomUUID,
    ...processTimes,
    log,
    stop: stop.signal,
  })
  log('INFO ended on request')
  process.exit(0)
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? ''}\n${(error as Error).message}\n`)
  process.exit(1)
}

/** @throws Error that names the place, and what S3 said of it */
async function readPlan(s3: S3Client, place: string): Promise<string> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(place) ?? []
  try {
    const { Body } = await patiently(() => s3.send(new GetObjectCommand({ Bucket, Key })))
    return (await Body?.transformToString()) ?? ''
  } catch (error) {
    throw new Error(`${place} cannot be read: ${(error as Error).name}: ${(error as Error).message}`, { cause: error })
  }
}
