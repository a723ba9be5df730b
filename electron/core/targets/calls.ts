import { actionOf } from './permission.ts'

/**
 * What a call is for. `watch`: pages and commands that change nothing. `plan`, `apply`, `destroy`: what a pipeline
 * needs of its target. `operate`: job, stream, objects and tables of a pipeline that is there. `job`: the streaming job
 * itself, by the role of its cluster's instances. `login`: getting credentials.
 */
export type Purpose = 'login' | 'watch' | 'plan' | 'apply' | 'destroy' | 'operate' | 'job'

/** The names that botocore and the AWS CLI have for the services that Sluice calls, and the prefix of their actions. */
const SERVICES = {
  cloudwatch: 'cloudwatch',
  emr: 'elasticmapreduce',
  iam: 'iam',
  kinesis: 'kinesis',
  'redshift-data': 'redshift-data',
  s3: 's3',
  scheduler: 'scheduler',
  sso: 'sso',
  'sso-oidc': 'sso-oauth',
  sts: 'sts',
} as const
export type Service = keyof typeof SERVICES

/** Operations that are allowed without a policy: who holds the token may call them (their API references). */
const BY_TOKEN = new Set([
  'sso GetRoleCredentials',
  'sso ListAccountRoles',
  'sso ListAccounts',
  'sso-oidc CreateToken',
  'sso-oidc RegisterClient',
  'sso-oidc StartDeviceAuthorization',
  'sts AssumeRoleWithWebIdentity',
  'sts GetCallerIdentity',
])
/** By which the Data API logs in to a cluster (Redshift Management Guide, "Authorizing access to the Data API"). */
const WAREHOUSE_LOGIN = 'redshift:GetClusterCredentials'

/** Actions that a call needs beside its own (Service Authorization Reference, "Dependent actions"; API reference). */
const BESIDE: Record<string, string[]> = {
  'emr RunJobFlow': ['elasticmapreduce:AddTags', 'iam:PassRole'],
  'iam AddRoleToInstanceProfile': ['iam:PassRole'],
  'scheduler CreateSchedule': ['iam:PassRole'],
  'scheduler CreateScheduleGroup': ['scheduler:TagResource'],
  'scheduler UpdateSchedule': ['iam:PassRole'],
  's3 CopyObject': ['s3:GetObject'],
  's3 DeleteObjects': ['s3:DeleteObjectVersion'],
  'redshift-data BatchExecuteStatement': [WAREHOUSE_LOGIN],
  'redshift-data DescribeTable': [WAREHOUSE_LOGIN],
  'redshift-data ExecuteStatement': [WAREHOUSE_LOGIN],
  'redshift-data ListSchemas': [WAREHOUSE_LOGIN],
  'redshift-data ListTables': [WAREHOUSE_LOGIN],
}

/**
 * Every operation of AWS that Sluice calls. The test suite records what is sent: a call that is not here fails it, and
 * so does a row that nothing calls (scripts/test-requests.ts).
 */
export const CALLS: Record<Service, Record<string, Purpose[]>> = {
  cloudwatch: { GetMetricData: ['watch'] },
  emr: {
    AddJobFlowSteps: ['operate'],
    AddTags: ['apply'],
    CancelSteps: ['operate'],
    CreatePersistentAppUI: ['operate'],
    DescribeCluster: ['watch', 'plan', 'apply', 'destroy'],
    DescribePersistentAppUI: ['operate'],
    GetOnClusterAppUIPresignedURL: ['watch'],
    GetPersistentAppUIPresignedURL: ['operate'],
    ListBootstrapActions: ['plan', 'operate'],
    ListClusters: ['watch', 'plan', 'apply', 'destroy'],
    ListInstanceGroups: ['plan', 'apply'],
    ListInstances: ['watch', 'apply'],
    ListSteps: ['watch', 'plan'],
    ModifyCluster: ['apply'],
    ModifyInstanceGroups: ['apply'],
    RunJobFlow: ['apply'],
    SetKeepJobFlowAliveWhenNoSteps: ['apply'],
    SetTerminationProtection: ['apply', 'destroy', 'operate'],
    TerminateJobFlows: ['destroy', 'operate'],
  },
  iam: {
    AddRoleToInstanceProfile: ['apply'],
    AttachRolePolicy: ['apply'],
    CreateInstanceProfile: ['apply'],
    CreateRole: ['apply'],
    DeleteInstanceProfile: ['destroy'],
    DeleteRole: ['destroy'],
    DeleteRolePolicy: ['destroy'],
    DetachRolePolicy: ['apply', 'destroy'],
    GetInstanceProfile: ['plan', 'apply', 'destroy'],
    GetRole: ['plan', 'apply'],
    GetRolePolicy: ['plan'],
    ListAccountAliases: ['watch'],
    ListAttachedRolePolicies: ['plan', 'apply', 'destroy'],
    ListRolePolicies: ['destroy'],
    PutRolePolicy: ['apply'],
    RemoveRoleFromInstanceProfile: ['apply', 'destroy'],
    TagRole: ['apply'],
    UpdateAssumeRolePolicy: ['apply'],
    UpdateRole: ['apply'],
  },
  kinesis: {
    AddTagsToStream: ['apply'],
    CreateStream: ['apply'],
    DecreaseStreamRetentionPeriod: ['apply'],
    DeleteStream: ['destroy'],
    DescribeStreamSummary: ['watch', 'plan', 'apply', 'destroy', 'job'],
    EnableEnhancedMonitoring: ['apply'],
    GetRecords: ['watch', 'job'],
    GetShardIterator: ['watch', 'job'],
    IncreaseStreamRetentionPeriod: ['apply'],
    ListShards: ['watch', 'plan', 'apply', 'destroy', 'job'],
    ListTagsForStream: ['plan', 'destroy'],
    PutRecords: ['operate'],
    StartStreamEncryption: ['apply'],
    UpdateShardCount: ['apply', 'operate'],
    UpdateStreamMode: ['apply'],
  },
  'redshift-data': {
    BatchExecuteStatement: ['apply', 'operate', 'job'],
    CancelStatement: ['watch', 'operate'],
    DescribeStatement: ['watch', 'apply', 'destroy', 'operate', 'job'],
    DescribeTable: ['watch', 'plan'],
    ExecuteStatement: ['watch', 'apply', 'destroy', 'operate'],
    GetStatementResult: ['watch', 'job'],
    ListSchemas: ['watch', 'plan'],
    ListStatements: ['operate'],
    ListTables: ['watch'],
  },
  s3: {
    AbortMultipartUpload: ['destroy'],
    CopyObject: ['operate'],
    CreateBucket: ['apply'],
    DeleteBucket: ['destroy'],
    DeleteObjects: ['destroy', 'operate', 'job'],
    GetBucketEncryption: ['plan'],
    GetBucketLifecycleConfiguration: ['plan', 'apply'],
    GetBucketOwnershipControls: ['plan'],
    GetBucketPolicy: ['plan', 'apply'],
    GetBucketTagging: ['plan', 'apply'],
    GetBucketVersioning: ['plan'],
    GetObject: ['watch', 'job'],
    GetPublicAccessBlock: ['plan'],
    HeadBucket: ['plan'],
    HeadObject: ['watch'],
    ListMultipartUploads: ['destroy'],
    ListObjectVersions: ['destroy'],
    ListObjectsV2: ['watch', 'operate', 'job'],
    PutBucketEncryption: ['apply'],
    PutBucketLifecycleConfiguration: ['apply'],
    PutBucketOwnershipControls: ['apply'],
    PutBucketPolicy: ['apply'],
    PutBucketTagging: ['apply'],
    PutBucketVersioning: ['apply'],
    PutObject: ['operate', 'job'],
    PutPublicAccessBlock: ['apply'],
  },
  scheduler: {
    CreateSchedule: ['apply'],
    CreateScheduleGroup: ['apply'],
    DeleteScheduleGroup: ['destroy', 'operate'],
    GetSchedule: ['watch', 'plan'],
    ListTagsForResource: ['plan', 'destroy'],
    UpdateSchedule: ['apply', 'operate'],
  },
  sso: { GetRoleCredentials: ['login'], ListAccountRoles: ['login'], ListAccounts: ['login'] },
  'sso-oidc': { CreateToken: ['login'], RegisterClient: ['login'], StartDeviceAuthorization: ['login'] },
  sts: {
    AssumeRole: ['login'],
    AssumeRoleWithWebIdentity: ['login'],
    GetCallerIdentity: ['watch'],
  },
}

/** The IAM actions that an operation needs, its own first; none where a token is enough. */
export function actionsOf(service: Service, operation: string): string[] {
  const name = `${service} ${operation}`
  if (BY_TOKEN.has(name)) return []
  return [...new Set([actionOf(SERVICES[service], operation), ...(BESIDE[name] ?? [])])]
}
