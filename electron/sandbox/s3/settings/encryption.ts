import { invalidArgument } from '../s3-error.ts'
import { listOf } from '../xml.ts'

const ALGORITHMS = new Set(['AES256', 'aws:kms', 'aws:kms:dsse'])

/**
 * One rule (API reference, ServerSideEncryptionConfiguration and ServerSideEncryptionByDefault).
 * @throws AwsError `InvalidArgument` for a key that is named for keys of S3's own
 */
export function isEncryption(root: Record<string, unknown>): boolean {
  const rules = listOf(root.Rule)
  const [byDefault] = listOf(rules[0]?.ApplyServerSideEncryptionByDefault)
  if (rules.length !== 1 || !ALGORITHMS.has(String(byDefault?.SSEAlgorithm))) return false
  const key = byDefault?.KMSMasterKeyID
  if (key !== undefined && byDefault?.SSEAlgorithm === 'AES256')
    throw invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      'ApplyServerSideEncryptionByDefault',
      String(key),
    )
  return true
}
