import type { StepCause } from '../../../../shared/features/jobs.ts'
import { ADD_KINESIS_RECORDS } from '../../ledgers/redshift/batch-table.ts'

/** A failure that is known by what the log says of it. */
export interface KnownFailure {
  kind: StepCause['kind']
  pattern: RegExp
  said: (found: RegExpExecArray) => string
  next: string
}

/** One pattern of several; their groups count on. */
const anyOf = (...patterns: readonly RegExp[]): RegExp => new RegExp(patterns.map(pattern => pattern.source).join('|'))

/** How what the job itself finds before Spark starts begins (spark/sluice_spark/environment.py). */
const JOB_REFUSALS = [
  String.raw`The job is (?:not )?made for `,
  `The workers' Python `,
  String.raw`This Python \(`,
  String.raw`Spark \S+ runs on Java `,
  'Java does not start',
].join('|')

/**
 * Tried in this order, so what is found first is the more exact: an executor that was lost to memory before "the
 * job was aborted". The texts are those of Spark 4.0, PySpark, YARN, botocore and the AWS SDKs, and of the two engines.
 */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    kind: 'fenced',
    pattern: /(s3:\/\/\S+) was written by another run of this query/,
    said: found => `Another run of this query writes the same checkpoint: ${found[1]} was there already.`,
    next: 'Let only one job run on it: end the other one, or leave it running.',
  },
  {
    kind: 'checkpoint',
    pattern: /The checkpoint cannot be used: (.+)|UnreadableCheckpointError: (.+)/,
    said: found => `The checkpoint cannot be used: ${sentence(found[1] ?? found[2] ?? '')}`,
    next: 'See the checkpoint on the Job page, or run: sluice checkpoint',
  },
  {
    kind: 'data-gone',
    pattern: anyOf(
      /(shardId-\d+): the batch to be replayed has (\d+) records.*; (\d+) are there/,
      /(?:RecordsGoneError|RetentionGapError): (.+)/,
    ),
    said: found =>
      found[4] !== undefined
        ? sentence(found[4])
        : `The batch that must be done again has ${found[2]} records of ${found[1]}, and the stream still holds ` +
          `${found[3]} of them.`,
    next: 'Reset to the oldest record: the checkpoint card on the Job page says what that means.',
  },
  {
    kind: 'copy-failed',
    pattern: /Load into table '?"?([\w.]+)'?"? failed\.\s+Check '?(\w+)'?|stl_load_errors|sys_load_error_detail/i,
    said: found => `COPY could not load the staged file${found[1] ? ` into ${found[1]}` : ''}.`,
    next: 'Ask the warehouse for the line and column: select * from sys_load_error_detail order by start_time desc',
  },
  {
    kind: 'executor-lost',
    pattern: /ExecutorLostFailure \(executor (\S+) (?:exited|lost).*?\)(?: Reason: (.*))?$/,
    said: found =>
      /137|memory/i.test(found[2] ?? '')
        ? `Spark lost executor ${found[1]} for memory once too often: ${sentence(found[2] ?? '')}`
        : `Spark lost executor ${found[1]} once too often: ${sentence(found[2] ?? 'no reason is given')}`,
    next:
      'Give executors more memory (spark.executor.memory, spark.executor.memoryOverhead), or batches fewer records ' +
      '(--max-records-per-batch).',
  },
  {
    kind: 'out-of-memory',
    pattern: /java\.lang\.OutOfMemoryError(?::\s*(.+))?/,
    said: found => `Java ran out of memory${found[1] ? ` (${found[1].trim()})` : ''}.`,
    next:
      'Give the driver more memory (spark-submit --driver-memory), or batches fewer records ' +
      '(--max-records-per-batch).',
  },
  {
    kind: 'out-of-memory',
    pattern: /^MemoryError\b|numpy\._core\._exceptions\._ArrayMemoryError: (.+)/,
    said: () => 'Python ran out of memory.',
    next: 'Give batches fewer records (--max-records-per-batch), or the node more memory.',
  },
  {
    kind: 'environment',
    pattern: /(?:ModuleNotFoundError|ImportError): No module named '([^']+)'/,
    said: found => `Python lacks the module ${found[1]}.`,
    next: 'Set PYSPARK_PYTHON to a Python that has it, or give it to spark-submit with --py-files.',
  },
  {
    kind: 'environment',
    pattern: /There is no (PySpark|Java)\b((?:[^.]|\.\d)*)\./,
    said: found => `There is no ${found[1]}${found[2]}.`,
    next: 'Set up Spark on the Job page, or start the job on the embedded engine.',
  },
  {
    kind: 'environment',
    pattern: new RegExp(String.raw`^((?:${JOB_REFUSALS}).*?)(?: Set (PYSPARK_PYTHON|JAVA_HOME)\b.*)?$`, 'm'),
    said: found => `${found[1]}`,
    next: 'The job ended with exit code 3 before Spark started: put that right, and start it again.',
  },
  {
    kind: 'environment',
    pattern: /PYTHON_VERSION_MISMATCH.*?version[^\d]*([\d.]+).*?than that in driver:?\s*\(?([\d.]+[\d])/,
    said: found =>
      `Workers run Python ${found[1]}, the driver ${found[2]}: Spark needs the same minor version on both.`,
    next: 'Set PYSPARK_PYTHON and PYSPARK_DRIVER_PYTHON to the same Python.',
  },
  {
    kind: 'python-worker',
    pattern: anyOf(
      /Python worker failed to connect back/,
      /Timed out while waiting for the Python worker to connect back/,
      /Accept timed out/,
    ),
    said: () => 'A Python worker was started and did not answer in time.',
    next: 'Set PYSPARK_PYTHON: workers start on the first python of the PATH, which may lack the packages.',
  },
  {
    kind: 'python-worker',
    pattern: /Python worker exited unexpectedly(?: \((\w+)\))?/,
    said: found =>
      `A Python worker ended unexpectedly${found[1] ? ` (${found[1]})` : ''}: it was killed, or crashed in ` +
      'native code.',
    next:
      'Is memory short? Give spark.executor.memoryOverhead more, or batches fewer records. ' +
      'spark.python.worker.faulthandler.enabled=true prints where it crashed.',
  },
  {
    kind: 'throttled',
    pattern: /ProvisionedThroughputExceeded(?:Exception)?/,
    said: () =>
      'Kinesis refused reads for longer than the job tries again: the shards give 5 reads and 2 MiB a second to ' +
      'all readers together.',
    next: 'Find another consumer of the stream, or give it more shards.',
  },
  {
    kind: 'expired-credentials',
    pattern: anyOf(
      /ExpiredToken(?:Exception)?/,
      /security token included in the request is (?:expired|invalid)/,
      /UnrecognizedClientException/,
    ),
    said: () => 'The credentials of the job have expired, or are not known.',
    next: 'On a cluster, check its instance profile; elsewhere, log in again and start the job.',
  },
  {
    kind: 'access-denied',
    pattern: /is not authorized to perform: ([\w:-]+\w)(?: on resource: "?([^\s"]+))?/,
    said: found => `The job's role may not ${found[1]}${found[2] ? ` on ${found[2]}` : ''}.`,
    next: 'Compare the role with the plan on the Provision page: it names the permission of each call.',
  },
  {
    kind: 'access-denied',
    pattern: /AccessDenied(?:Exception)?\b/,
    said: () => "The job's role was denied what it asked for.",
    next: 'Compare the role with the plan on the Provision page: it names the permission of each call.',
  },
  {
    kind: 'missing',
    pattern:
      /(?:(s3:\/\/\S+) cannot be read: .*)?(?:NoSuchBucket|NoSuchKey|The specified (?:bucket|key) does not exist)/,
    said: found =>
      `S3 has no ${/bucket/i.test(found[0]) ? 'such bucket' : found[1] ? `object ${found[1]}` : 'such object'}.`,
    next: 'Apply the plan and deploy the artifacts; then start the job again.',
  },
  {
    kind: 'missing',
    pattern: /ResourceNotFoundException\b.*?(?::\s*(.*))?$/,
    said: found => `What the job reads is not there${found[1] ? `: ${sentence(found[1])}` : '.'}`,
    next: 'Is the stream there, and is it the one of the checkpoint? See the checkpoint card on the Job page.',
  },
  {
    kind: 'missing',
    pattern: /column "?kinesis_records"? of relation "?([\w.]+)"? does not exist/,
    said: found => `The batch table ${found[1]} has no column kinesis_records: it was made before there was one.`,
    next: ADD_KINESIS_RECORDS,
  },
  {
    kind: 'missing',
    pattern: /relation "([^"]+)" does not exist/,
    said: found => `The warehouse has no table ${found[1]}.`,
    next: 'Load the dimensions first: that makes the tables of the pipeline.',
  },
  {
    kind: 'unreachable',
    pattern: anyOf(
      /UnknownHostException:?\s*(\S*)/,
      /Could not connect to the endpoint URL: "([^"]+)"/,
      /ECONNREFUSED\s*(\S*)/,
      /Connect(?:ion|Exception:?)[^\n]*?refused/,
      /Failed to establish a new connection/,
      /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (\S+)/,
    ),
    said: found => {
      const where = found[1] || found[2] || found[3] || found[4]
      return `A service could not be reached${where ? `: ${where}` : '.'}`
    },
    next: 'Is the network of the cluster open to it, and is the address right? Then start the job again.',
  },
]

/**
 * What the exit codes of the job mean: those of spark/sluice_spark/exit_codes.py and of electron/engine/main.ts, and
 * what a shell says of a process that a signal ended (128 and its number; 137 is reported in cause.ts, with which
 * process it was). 52 is Spark's own (SparkExitCode.OOM).
 */
export const EXIT_CODES: Readonly<Record<number, Pick<KnownFailure, 'kind' | 'next'> & { said: string }>> = {
  2: {
    kind: 'unusable-arguments',
    said: 'The arguments or the spec cannot be used.',
    next: 'Correct what the log names; nothing was read or written.',
  },
  3: {
    kind: 'environment',
    said: 'This Python or Spark lacks what the job needs.',
    next: 'Install what the log names; nothing was read or written.',
  },
  4: {
    kind: 'fenced',
    said: 'Another run of this query writes the same checkpoint.',
    next: 'Let only one job run on it: end the other one, or leave it running.',
  },
  5: {
    kind: 'data-gone',
    said: 'Records that must be read are no longer in the stream.',
    next: 'Reset to the oldest record: the checkpoint card on the Job page says what that means.',
  },
  52: {
    kind: 'out-of-memory',
    said: 'Java ran out of memory.',
    next:
      'Give the driver more memory (spark-submit --driver-memory), or batches fewer records ' +
      '(--max-records-per-batch).',
  },
  143: {
    kind: 'killed',
    said: 'The job was ended by SIGTERM.',
    next: 'Start it again: it goes on from its checkpoint.',
  },
}

/** With one full stop at its end, and not too long for a line. */
export const sentence = (text: string): string => {
  const short = text.trim().replace(/\s+/g, ' ').slice(0, 240)
  return /[.!?]$/.test(short) ? short : `${short}.`
}
