/** The prefixes of IAM actions (Service Authorization Reference), by the client's name. */
const PREFIXES: Record<string, string> = {
  KinesisClient: 'kinesis',
  S3Client: 's3',
  EMRClient: 'elasticmapreduce',
  RedshiftDataClient: 'redshift-data',
  IAMClient: 'iam',
  STSClient: 'sts',
  CloudWatchClient: 'cloudwatch',
  SchedulerClient: 'scheduler',
}

/** Operations whose action has another name: S3's (API reference, "Permissions" of each operation). */
const OTHER_NAMES: Record<string, string> = {
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:HeadObject': 's3:GetObject',
  's3:CopyObject': 's3:PutObject',
  's3:DeleteObjects': 's3:DeleteObject',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:ListMultipartUploads': 's3:ListBucketMultipartUploads',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
}

/** A service as IAM's actions name it, by its client. */
export const serviceOf = (client: string): string => PREFIXES[client] ?? client.replace(/Client$/, '').toLowerCase()

/** The IAM action that a call needs. */
export function permissionFor(client: string, command: string): string | undefined {
  const prefix = PREFIXES[client]
  return prefix && actionOf(prefix, command.replace(/Command$/, ''))
}

/** The IAM action of an operation, by the prefix of its service's actions. */
export function actionOf(prefix: string, operation: string): string {
  const action = `${prefix}:${operation}`
  return OTHER_NAMES[action] ?? action
}
