import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeOf, type StepLogs } from '../../../electron/core/jobs/step-cause/cause.ts'
import { EXIT_CODES } from '../../../electron/core/jobs/step-cause/known.ts'
import { lossesIn } from '../../../electron/core/jobs/step-cause/losses.ts'

const file = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')
const ended = (code: number) =>
  `2026-11-25T18:37:00.000Z INFO waitProcessCompletion ended with exit code ${code} : hadoop jar ` +
  `command-runner.jar spark-submit\n2026-11-25T18:37:00.000Z WARN Step failed with exitCode ${code} and took 20 ` +
  `seconds\n`
/** What PySpark 4.0.2 on Java 17 wrote when it was made to fail so: frames and routine lines are cut. */
const recorded = (name: string, code = 1): StepLogs => ({
  stdout: file(`test/fixture/step-logs/${name}.stdout.txt`),
  stderr: file(`test/fixture/step-logs/${name}.stderr.txt`),
  controller: ended(code),
})
const logs = (change: Partial<StepLogs>): StepLogs => ({ stdout: '', stderr: '', controller: ended(1), ...change })

/** The evidence must be where it says it is. */
function expectEvidence(cause: ReturnType<typeof causeOf>, of: StepLogs): void {
  expect(cause.evidence.length).toBeGreaterThan(0)
  for (const { file, line, text } of cause.evidence)
    expect(of[file].split('\n')[line - 1]?.trim().slice(0, 400)).toBe(text)
}

describe('of what real Spark wrote,', () => {
  it.each([
    ['missing-module-driver', 1, 'environment', 'Python lacks the module orders_of_nobody.', 'import.py:1'],
    ['missing-module-worker', 1, 'environment', 'Python lacks the module orders_of_nobody.', 'missing.py:6 in half'],
    ['udf-raises', 1, 'exception', 'ValueError: half of 7 is no whole number.', 'udf.py:7 in half'],
    ['copy-failed', 1, 'copy-failed', 'COPY could not load the staged file into sluice_stage.', 'stream.py:6 in write'],
    [
      'python-worker-killed',
      1,
      'python-worker',
      'A Python worker ended unexpectedly (crashed): it was killed, or crashed in native code.',
      'worker.py:9',
    ],
    ['driver-out-of-memory', 52, 'out-of-memory', 'Java ran out of memory (Java heap space).', 'oom.py:3'],
    [
      'executor-killed',
      1,
      'executor-lost',
      'Spark lost executor 3 for memory once too often: Command exited with code 137.',
      'lost.py:12',
    ],
  ])('%s is described in one sentence, with the line that says so', (name, code, kind, said, at) => {
    const of = recorded(name, code)
    const cause = causeOf(of)
    expect(cause).toMatchObject({ kind, said, at })
    expect(cause.next).not.toBe('')
    expectEvidence(cause, of)
  })

  it.each([
    ['driver-java-killed', 137, 'killed', "The driver's Java was killed (SIGKILL)", 'Killed'],
    ['driver-java-killed-in-a-call', 137, 'killed', "The driver's Java was killed (SIGKILL)", 'Killed'],
    [
      'driver-python-killed',
      137,
      'killed',
      "The driver's Python was killed (SIGKILL)",
      'Cannot obtain a new communication channel',
    ],
    ['driver-python-killed-silently', 137, 'killed', 'The job was killed (SIGKILL)', 'exitCode 137'],
    [
      'stream-source-killed',
      1,
      'python-worker',
      'The stream source, a Python process beside the driver',
      'java.io.EOFException',
    ],
    // As where whoever started the job does not pass its exit code on.
    ['driver-java-killed', 1, 'killed', "The driver's Java went away", 'ConnectionRefusedError'],
    ['driver-python-killed', 1, 'killed', "The driver's Python went away", 'Cannot obtain a new communication channel'],
  ])(
    '%s with exit code %i names the kill, not the last words of the processes that were left',
    (name, code, kind, said, line) => {
      const of = recorded(name, code)
      const cause = causeOf(of)
      expect(cause.kind).toBe(kind)
      expect(cause.said.startsWith(said), cause.said).toBe(true)
      expect(cause).not.toHaveProperty('exception')
      expect(cause.evidence.some(({ text }) => text.includes(line))).toBe(true)
      expectEvidence(cause, of)
    },
  )

  it('what ended the job before its processes lost each other is the cause', () => {
    const killed = file('test/fixture/step-logs/driver-java-killed.stderr.txt')
    const oom = `java.lang.OutOfMemoryError: Java heap space\n\tat a.b(C.java:1)\n`
    expect(causeOf(logs({ stderr: killed.replace(/^Killed$/m, oom), controller: ended(137) })).kind).toBe(
      'out-of-memory',
    )
    const own = 'Traceback (most recent call last):\n  File "query.py", line 3, in run\nValueError: 3 is no shard\n'
    expect(causeOf(logs({ stderr: killed + own }))).toMatchObject({
      kind: 'exception',
      said: 'ValueError: 3 is no shard.',
    })
    const refused = 'ConnectionRefusedError: [Errno 111] Connection refused\n'
    expect(causeOf(logs({ stderr: refused })).kind).toBe('unreachable')
  })

  it('executors that were lost are each reported once, with why', () => {
    expect(lossesIn('stderr', recorded('executor-killed').stderr)).toMatchObject(
      ['0', '1', '2', '3'].map(executor => ({
        executor,
        host: '127.0.0.1',
        reason: 'Command exited with code 137',
        forMemory: true,
      })),
    )
    const onYarn = lossesIn('stderr', file('test/fixture/step-logs/yarn-executor-killed.stderr.txt'))
    expect(onYarn).toMatchObject([
      {
        executor: '38',
        host: 'ip-10-0-39-85.ec2.internal',
        forMemory: true,
        loggedAt: '26/11/25 15:02:23',
        evidence: { line: 2 },
      },
      { executor: '152', host: 'ip-10-0-44-2.ec2.internal', forMemory: false, evidence: { line: 4 } },
    ])
  })
})

describe('a failure is known', () => {
  it.each([
    [
      'fenced',
      'Error: s3://b/stream-checkpointing/q/offsets/7 was written by another run of this query. Only one may run ' +
        'on a checkpoint; this one ends.',
      /s3:\/\/b\/stream-checkpointing\/q\/offsets\/7/,
    ],
    ['data-gone', 'RecordsGoneError: shardId-000000000000: 12 of 40 records are there.', /12 of 40 records/],
    [
      'data-gone',
      'Error: shardId-000000000000: the batch to be replayed has 40 records up to 495; 12 are there. Has ' +
        'retention removed them?',
      /has 40 records of shardId-000000000000, and the stream still holds 12/,
    ],
    [
      'checkpoint',
      'Error: The checkpoint cannot be used: s3://b/q/offsets/7: it is missing',
      /offsets\/7: it is missing/,
    ],
    [
      'access-denied',
      'botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the GetRecords ' +
        'operation: User: arn:aws:sts::111122223333:assumed-role/emr/i-0 is not authorized to perform: ' +
        'kinesis:GetRecords on resource: arn:aws:kinesis:eu-west-1:111122223333:stream/orders because no ' +
        'identity-based policy allows it',
      /may not kinesis:GetRecords on arn:aws:kinesis:eu-west-1:111122223333:stream\/orders/,
    ],
    [
      'environment',
      'There is no PySpark 4.0 to 4.3 on this machine. Choose "Set up Spark" on the Job page, or use the ' +
        'embedded engine.',
      /^There is no PySpark 4\.0 to 4\.3 on this machine\.$/,
    ],
    [
      'environment',
      "The workers' Python (/opt/bare/bin/python) lacks pyarrow. Set PYSPARK_PYTHON.",
      /^The workers' Python \(\/opt\/bare\/bin\/python\) lacks pyarrow\.$/,
    ],
    [
      'environment',
      'The job is made for Spark 4.0 to 4.3; this is 3.5.6. On EMR, take a release that carries one of them.',
      /^The job is made for Spark 4\.0 to 4\.3; this is 3\.5\.6\./,
    ],
    [
      'environment',
      's3://b/p.plan.json is not a job plan of format 1, which this job runs: its format is 2. ' +
        'Deploy the artifacts again.',
      /^s3:\/\/b\/p\.plan\.json is not a job plan of format 1, which this job runs: its format is 2\.$/,
    ],
    [
      'environment',
      'file:/p.json is compiled for DuckDB 1.0.0, and this Python has DuckDB 1.5.6: ' +
        'install duckdb==1.0.0 where PYSPARK_PYTHON points.',
      /^file:\/p\.json is compiled for DuckDB 1\.0\.0, and this Python has DuckDB 1\.5\.6\.$/,
    ],
    ['missing', 'NoSuchKey: The specified key does not exist.', /no such object/],
    [
      'missing',
      'Error: s3://b/script/food.json cannot be read: NoSuchKey: The specified key does not exist.',
      /no object s3:\/\/b\/script\/food\.json/,
    ],
    [
      'missing',
      'botocore.errorfactory.ResourceNotFoundException: An error occurred (ResourceNotFoundException) when ' +
        'calling the ListShards operation: Stream orders under account 111122223333 not found.',
      /Stream orders under account 111122223333 not found/,
    ],
    [
      'throttled',
      'ProvisionedThroughputExceededException: Rate exceeded for shard shardId-000000000000',
      /5 reads and 2 MiB a second/,
    ],
    [
      'unreachable',
      'java.net.UnknownHostException: kinesis.eu-west-9.amazonaws.com',
      /kinesis\.eu-west-9\.amazonaws\.com/,
    ],
    ['unreachable', 'Error: connect ECONNREFUSED 127.0.0.1:4566', /127\.0\.0\.1:4566/],
    [
      'unreachable',
      'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "http://127.0.0.1:4566/"',
      /http:\/\/127\.0\.0\.1:4566\//,
    ],
    [
      'expired-credentials',
      'ExpiredTokenException: The security token included in the request is expired',
      /have expired/,
    ],
    [
      'missing',
      'WARN q/7, attempt 1: ERROR: column "kinesis_records" of relation "sluice_batches" does not exist (statement 4)',
      /batch table sluice_batches has no column kinesis_records/,
    ],
    ['missing', 'ERROR: relation "food.factorders" does not exist', /no table food\.factorders/],
  ] as const)('as %s by its own words: %s', (kind, line, said) => {
    const of = logs({ stderr: `26/11/25 18:00:00 INFO before\n${line}\n` })
    const cause = causeOf(of)
    expect(cause.kind).toBe(kind)
    expect(cause.said).toMatch(said)
    expectEvidence(cause, of)
  })

  it('by its exit code, when the log says no more, in the last words of the job', () => {
    const of = logs({ stderr: "The job's arguments cannot be used: --stream is empty.\n", controller: ended(2) })
    expect(causeOf(of)).toMatchObject({
      kind: 'unusable-arguments',
      said: "The job's arguments cannot be used: --stream is empty.",
    })
    expect(causeOf(logs({ controller: ended(137) }))).toMatchObject({
      kind: 'killed',
      evidence: [{ file: 'controller', line: 2 }],
    })
  })

  it('by the codes that the job on Spark gives itself', () => {
    const codes = [...file('spark/sluice_spark/exit_codes.py').matchAll(/^([A-Z_]+) = (\d+)$/gm)].map(
      ([, name, code]) => [name, Number(code)] as const,
    )
    expect(codes.length).toBeGreaterThan(4)
    for (const [name, code] of codes)
      if (code > 1)
        expect(EXIT_CODES[code]?.kind, name).toBe(
          { UNUSABLE: 'unusable-arguments', ENVIRONMENT: 'environment', FENCED: 'fenced', DATA_GONE: 'data-gone' }[
            name ?? ''
          ],
        )
  })
})

it('what the job survived is not the cause: only what came after its last batch counts', () => {
  const of = logs({
    stderr:
      'java.lang.OutOfMemoryError: Java heap space\n\tat a.b(C.java:1)\n26/11/25 18:00:01 INFO Streaming query ' +
      'made progress: batch 3, 10 read\nTypeError: x is not a function\n    at run ' +
      '(file:///opt/sluice/electron/engine/query.ts:41:7)\n',
  })
  expect(causeOf(of)).toMatchObject({
    kind: 'exception',
    said: 'TypeError: x is not a function.',
    at: 'query.ts:41 in run',
  })
})

it('the last cause of a chain in Java is the exception, and lines are counted as the file has them', () => {
  const before = Array.from({ length: 5_000 }, (_, place) => `26/11/25 18:00:00 INFO line ${place}`).join('\n')
  const of = logs({
    stderr:
      `${before}\nException in thread "main" org.apache.spark.SparkException: Job aborted\n\tat ` +
      `a.b(C.java:1)\nCaused by: java.io.IOException: No space left on device\n\tat d.e(F.java:2)\n\t... 3 more\n`,
  })
  const cause = causeOf(of)
  expect(cause).toMatchObject({
    said: 'IOException: No space left on device.',
    evidence: [{ file: 'stderr', line: 5_003 }],
  })
  expectEvidence(cause, of)
})

it('any log at all gives a sentence and something to do, and evidence that is where it says it is', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'Traceback (most recent call last):',
      '  File "a.py", line 1, in f',
      'ValueError: no',
      'Caused by: a.B.CException: d',
      '\tat a.b(C.java)',
      '26/11/25 18:00:00 ERROR Executor: x',
      '',
    ),
    fc.string(),
  )
  const text = fc.array(line, { maxLength: 30 }).map(lines => lines.join('\n'))
  fc.assert(
    fc.property(text, text, fc.constantFrom('', ended(1), ended(4), ended(137)), (stdout, stderr, controller) => {
      const of = { stdout, stderr, controller }
      const cause = causeOf(of)
      expect(cause.said).not.toBe('')
      expect(cause.next).not.toBe('')
      for (const { file, line: number, text } of cause.evidence)
        expect((of[file].split('\n')[number - 1] ?? '').trim().slice(0, 400)).toBe(text)
    }),
  )
})
