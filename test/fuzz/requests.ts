import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { programPath } from '../../electron/hosts/project.ts'
import { readAccessKey } from '../../electron/hosts/sandbox/access-key.ts'
import { seeded } from '../fixture/seeded.ts'
import { temporaryFolder } from '../fixture/sluice.ts'
import { changedText, type Draw, drawing } from './change.ts'
import { OPERATIONS } from './operations.ts'
import { createSigner, type WireRequest, wireRequest } from './wire-request.ts'

/** Requests under way at once. */
const LANES = 12
/** No request of these takes longer, unless it hangs. */
const PATIENCE_MS = 20_000
/** What is put before and between the others, and must be there at the end. */
const KEPT = { stream: 'kept', bucket: 'kept-bucket', everyRequests: 250 }

/**
 * Sends random and changed requests to a sandbox of its own: signed and not, over HTTP/1.1, HTTP/2 and as broken bytes.
 * A problem is an answer of 500 and above (other than 501, which says what is not implemented), a connection that ends
 * without an answer, a request that hangs, a process that dies, a failure in its log, or a record or object that was
 * acknowledged and is not there, also after a restart.
 */
export async function fuzzRequests(options: {
  seed: number
  count: number
  log: (line: string) => void
}): Promise<{ sent: number; problems: string[] }> {
  const folder = await temporaryFolder()
  const problems: string[] = []
  /** How many had which status: most must get past the doors, else nothing behind them is tried. */
  const answers = new Map<number, number>()
  let sandbox = await start(folder.path, problems)
  try {
    const kept = await createKept(sandbox, problems)
    const senders = createSenders(sandbox.endpoint, answers)
    const signer = createSigner(sandbox.key, Date.now)
    const draw = drawing(seeded(options.seed))
    let sent = 0
    const lane = async () => {
      while (sent < options.count && sandbox.child.exitCode === null && sandbox.child.signalCode === null) {
        const number = sent++
        if (number % KEPT.everyRequests === 0) await kept.put(number)
        const { what, send } = drawRequest(draw, senders, signer)
        const problem = await within(send())
        if (problem !== undefined) problems.push(`request ${number} (${what}): ${problem}`)
        if (number > 0 && number % 2_000 === 0) options.log(`${number} requests, ${problems.length} problems`)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    senders.close()
    const shares = [...answers].sort(([a], [b]) => a - b).map(([status, many]) => `${status}: ${many}`)
    options.log(`answers by status: ${shares.join(', ')}`)
    if (sandbox.child.exitCode !== null || sandbox.child.signalCode !== null) {
      problems.push(`the sandbox ended (${sandbox.child.signalCode ?? sandbox.child.exitCode})`)
      return { sent, problems }
    }
    await kept.check(sandbox, 'at the end')
    await sandbox.stop()
    sandbox = await start(folder.path, problems)
    await kept.check(sandbox, 'after a restart')
    return { sent, problems }
  } finally {
    await sandbox.stop()
    await folder.remove()
  }
}

type Sandbox = Awaited<ReturnType<typeof start>>

async function start(data: string, problems: string[]) {
  const child: ChildProcess = spawn(
    process.execPath,
    [programPath('sandbox'), '--data', data, '--limits', 'off', '--check-signatures', '--tied'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  if (!child.stdout || !child.stderr) throw new Error('The sandbox has no output.')
  let said = ''
  createInterface({ input: child.stderr }).on('line', line => {
    said += `${line}\n`
    // A failure inside comes with its stack, the first line of which says what it is.
    if (/ error: /.test(line)) problems.push(`the sandbox logged: ${line}`)
  })
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`The sandbox ended before it listened: ${said}`)
    }),
  ])
  const { endpoint } = JSON.parse(String(line)) as { endpoint: string }
  const key = await readAccessKey(data)
  const common = { endpoint, region: 'us-east-1', credentials: key, maxAttempts: 1 }
  const kinesis = new KinesisClient(common)
  const s3 = new S3Client({ ...common, forcePathStyle: true })
  return {
    child,
    endpoint,
    key,
    kinesis,
    s3,
    async stop() {
      kinesis.destroy()
      s3.destroy()
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Records and objects that are acknowledged while the others are sent. */
async function createKept(first: Sandbox, problems: string[]) {
  const StreamName = KEPT.stream
  const records: { key: string; data: string; sequenceNumber: string | undefined }[] = []
  await first.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await waitUntilStreamExists({ client: first.kinesis, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StreamName })
  await first.s3.send(new CreateBucketCommand({ Bucket: KEPT.bucket }))
  return {
    async put(number: number): Promise<void> {
      const texts = [0, 1, 2].map(index => ({ key: `${number}-${index}`, data: `record ${number} ${index} é` }))
      const Records = texts.map(({ key, data }) => ({ PartitionKey: key, Data: Buffer.from(data) }))
      const answer = await first.kinesis.send(new PutRecordsCommand({ StreamName, Records }))
      if (answer.FailedRecordCount !== 0) problems.push(`records of ${number} were not accepted`)
      texts.forEach((text, index) => {
        records.push({ ...text, sequenceNumber: answer.Records?.[index]?.SequenceNumber })
      })
      await first.s3.send(new PutObjectCommand({ Bucket: KEPT.bucket, Key: String(number), Body: `object ${number}` }))
    },
    async check({ kinesis, s3 }: Sandbox, when: string): Promise<void> {
      const found: typeof records = []
      const ShardId = 'shardId-000000000000'
      const begun = await kinesis.send(
        new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      )
      for (let iterator = begun.ShardIterator; iterator !== undefined; ) {
        const page: {
          Records?:
            | {
                PartitionKey?: string | undefined
                Data?: Uint8Array | undefined
                SequenceNumber?: string | undefined
              }[]
            | undefined
          NextShardIterator?: string | undefined
        } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }))
        for (const { PartitionKey = '', Data = new Uint8Array(), SequenceNumber } of page.Records ?? [])
          found.push({ key: PartitionKey, data: Buffer.from(Data).toString('utf8'), sequenceNumber: SequenceNumber })
        iterator = page.Records?.length ? page.NextShardIterator : undefined
      }
      const text = (of: typeof records) => JSON.stringify([...of].sort((a, b) => (a.key < b.key ? -1 : 1)))
      if (text(found) !== text(records))
        problems.push(`${when}: ${records.length} records were acknowledged, and others are there (${found.length})`)
      for (const number of new Set(records.map(record => record.key.split('-')[0] ?? ''))) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: KEPT.bucket, Key: number }))
        if ((await Body?.transformToString()) !== `object ${number}`)
          problems.push(`${when}: the object ${number} is another one`)
      }
    },
  }
}

type Senders = ReturnType<typeof createSenders>
/** Resolves with what is wrong; undefined when nothing is. */
type Send = () => Promise<string | undefined>

function drawRequest(
  draw: Draw,
  senders: Senders,
  signer: ReturnType<typeof createSigner>,
): { what: string; send: Send } {
  const operation = draw.one(OPERATIONS)
  const request = wireRequest(operation, draw)
  const signed = draw.chance(0.92)
  if (signed) signer(request, draw.chance(0.98) ? operation.service : draw.one(OPERATIONS).service, senders.host)
  if (signed && draw.chance(0.03))
    request.headers.authorization = changedText(request.headers.authorization ?? '', draw).replace(/[^\x20-\x7e]/g, '')
  const what =
    `${operation.service} ${operation.target ?? operation.form?.Action ?? ''} ${request.method} ` +
    `${request.path.slice(0, 80)}`
  const kind = draw.below(20)
  if (kind < 13) return { what, send: () => senders.http1(request) }
  if (kind < 18) return { what: `${what} HTTP/2`, send: () => senders.http2(request) }
  const text = bytesOf(request, senders.host)
  const broken =
    kind === 18
      ? text.subarray(0, draw.below(text.length))
      : Buffer.from(changedText(text.toString('latin1'), draw), 'latin1')
  return { what: `${what} broken`, send: () => senders.bytes(broken) }
}

function bytesOf({ method, path, headers, body }: WireRequest, host: string): Buffer {
  const lines = Object.entries({ host, ...headers, 'content-length': String(body.length) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

function createSenders(endpoint: string, answers: Map<number, number>) {
  const wrong = (status: number, text: string): string | undefined => {
    answers.set(status, (answers.get(status) ?? 0) + 1)
    return status >= 500 && status !== 501 ? `answered ${status}: ${text.slice(0, 300)}` : undefined
  }
  const { hostname, port, host } = new URL(endpoint)
  const agent = new http.Agent({ keepAlive: true, maxSockets: LANES })
  let session: http2.ClientHttp2Session | undefined
  const openSession = () => {
    if (session && !session.closed && !session.destroyed) return session
    session = http2.connect(endpoint)
    // A stream that is refused says so itself.
    session.on('error', () => session?.destroy())
    return session
  }
  return {
    host,
    http1: ({ method, path, headers, body }: WireRequest) =>
      new Promise<string | undefined>(resolve => {
        const request = http.request(
          { hostname, port, method, path, headers: { host, ...headers, 'content-length': String(body.length) }, agent },
          response => {
            let text = ''
            response.setEncoding('latin1').on('data', piece => {
              text += String(piece)
            })
            response.once('error', error => resolve(`its answer broke off: ${error.message}`))
            response.once('end', () => resolve(wrong(response.statusCode ?? 0, text)))
          },
        )
        // A connection that is kept may end just then; the request is sent again by no client of ours.
        request.once('error', error => resolve(request.reusedSocket ? undefined : `no answer: ${error.message}`))
        request.end(body)
      }),
    http2: ({ method, path, headers, body }: WireRequest) =>
      new Promise<string | undefined>(resolve => {
        const { host: authority = host, ...others } = headers
        const stream = openSession().request(
          { ...others, host: authority, ':authority': authority, ':method': method, ':path': path },
          { endStream: body.length === 0 },
        )
        let status = 0
        let text = ''
        stream.once('response', received => {
          status = Number(received[':status'])
        })
        stream.setEncoding('latin1').on('data', piece => {
          text += String(piece)
        })
        stream.once('error', error => resolve(status === 0 ? `no answer: ${error.message}` : undefined))
        stream.once('close', () => resolve(status === 0 ? 'no answer' : wrong(status, text)))
        if (body.length > 0) stream.end(body)
      }),
    /** Bytes that need not be a request; whatever is answered, if anything, is no failure of the sandbox. */
    bytes: (bytes: Buffer) =>
      new Promise<string | undefined>(resolve => {
        let text = ''
        const socket = connect(Number(port), hostname, () => socket.end(bytes))
        socket.setEncoding('latin1').on('data', piece => {
          text += String(piece)
        })
        // The sandbox may end what is no request.
        socket.once('error', () => socket.destroy())
        socket.once('close', () => resolve(wrong(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text)))
      }),
    close() {
      agent.destroy()
      session?.destroy()
    },
  }
}

async function within(answer: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`it hung for ${PATIENCE_MS / 1000} s`), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
