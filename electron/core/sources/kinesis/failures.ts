import { anyOf, type KnownFailure, sentence } from '../../errors/known-failure.ts'

/** How a job fails that reads Kinesis, in the words of the two engines, of botocore and of the AWS SDKs. */
export const KINESIS_FAILURES: readonly KnownFailure[] = [
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
    kind: 'throttled',
    pattern: /ProvisionedThroughputExceeded(?:Exception)?/,
    said: () =>
      'Kinesis refused reads for longer than the job tries again: the shards give 5 reads and 2 MiB a second to ' +
      'all readers together.',
    next: 'Find another consumer of the stream, or give it more shards.',
  },
  {
    kind: 'missing',
    pattern: /ResourceNotFoundException\b.*?(?::\s*(.*))?$/,
    said: found => `What the job reads is not there${found[1] ? `: ${sentence(found[1])}` : '.'}`,
    next: 'Is the stream there, and is it the one of the checkpoint? See the checkpoint card on the Job page.',
  },
]
