import type { StepCause } from '../../../../shared/features/jobs.ts'
import { anyOf, type KnownFailure, sentence } from '../../errors/known-failure.ts'
import { LEDGER_FAILURES } from '../../ledgers/ledgers.ts'
import { SOURCE_FAILURES } from '../../sources/sources.ts'

/** How what the job itself finds before Spark starts begins (spark/sluice_spark/environment.py). */
const JOB_REFUSALS = [
  'The job (?:is (?:not )?made for|needs Python) ',
  `The workers' Python `,
  String.raw`This Python \(`,
  String.raw`Spark \S+ runs on Java `,
  'Java does not start',
].join('|')

/**
 * Of the job itself and of what it runs on. The texts are those of Spark 4.0, PySpark, YARN, botocore and the AWS SDKs.
 */
const JOB_FAILURES: readonly KnownFailure[] = [
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
    // The same of the plan (spark/sluice_spark/plan.py), which was deployed for another version of the job.
    kind: 'environment',
    pattern: /^(\S+ is (?:compiled for DuckDB|not a job plan of format) .*?)(?:[:.] (?:install|Deploy) .*)?$/m,
    said: found => sentence(found[1] ?? ''),
    next: 'Deploy the artifacts again on the Provision page, and install the DuckDB that the plan names.',
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
 * What is tried first is the more exact: an executor that was lost to memory before "the job was aborted". Of one kind,
 * those of the job come first, then those of sources and of sinks.
 */
const ORDER: readonly StepCause['kind'][] = [
  'fenced',
  'checkpoint',
  'data-gone',
  'copy-failed',
  'executor-lost',
  'out-of-memory',
  'environment',
  'python-worker',
  'throttled',
  'expired-credentials',
  'access-denied',
  'missing',
  'unreachable',
]

/** In the order in which they are tried. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [...JOB_FAILURES, ...SOURCE_FAILURES, ...LEDGER_FAILURES].sort(
  (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind),
)

/**
 * What the exit codes of the job mean: those of spark/sluice_spark/exit_codes.py and of electron/engine/main.ts, and
 * what a shell says of a process that a signal ended (128 and its number; 137 is reported in cause.ts, with which
 * process it was). 52 is Spark's own (SparkExitCode.OOM).
 */
export const EXIT_CODES: Readonly<Record<number, Pick<KnownFailure, 'kind' | 'next'> & { said: string }>> = {
  2: {
    kind: 'unusable-arguments',
    said: 'The arguments or the plan cannot be used.',
    next: 'Correct what the log names; nothing was read or written.',
  },
  3: {
    kind: 'environment',
    said: 'Python, Java, Spark, DuckDB or the plan are not what the job is made for.',
    next: 'Put right what the log names; nothing was read or written.',
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
