/*
 * Requests as clients send them, for each service; the fuzzer changes them, so that what it sends goes deep before it
 * is wrong. They touch nothing but streams, buckets, tables and roles whose name begins with `fuzz`.
 */
export interface Operation {
  service: string
  /** Of JSON and CBOR: the operation and its input. */
  target?: string
  input?: Record<string, unknown>
  /** Of the Query protocol. */
  form?: Record<string, string>
  /** Of S3. */
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string
}

const arn = (rest: string) => `arn:aws:iam::000000000000:${rest}`
const kinesis = (target: string, input: Record<string, unknown>): Operation => ({
  service: 'kinesis',
  target: `Kinesis_20131202.${target}`,
  input,
})
const StreamName = 'fuzz-stream'
const StreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/fuzz-stream'
const ShardId = 'shardId-000000000000'
const KINESIS: Operation[] = [
  kinesis('CreateStream', { StreamName, ShardCount: 2 }),
  kinesis('CreateStream', { StreamName: 'fuzz-2', StreamModeDetails: { StreamMode: 'ON_DEMAND' }, Tags: { a: 'b' } }),
  kinesis('DescribeStream', { StreamName, Limit: 10, ExclusiveStartShardId: ShardId }),
  kinesis('DescribeStreamSummary', { StreamARN }),
  kinesis('ListStreams', { Limit: 10, ExclusiveStartStreamName: 'a', NextToken: 'a' }),
  kinesis('ListShards', { StreamName, MaxResults: 5, ShardFilter: { Type: 'AT_TIMESTAMP', Timestamp: 1_764_000_000 } }),
  kinesis('ListShards', { NextToken: 'W10=' }),
  kinesis('PutRecord', {
    StreamName,
    PartitionKey: 'k',
    Data: 'aGVsbG8=',
    ExplicitHashKey: '1',
    SequenceNumberForOrdering: '1',
  }),
  kinesis('PutRecords', {
    StreamName,
    Records: [
      { PartitionKey: 'k', Data: 'aGVsbG8=' },
      { PartitionKey: 'l', Data: '' },
    ],
  }),
  kinesis('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  kinesis('GetShardIterator', {
    StreamName,
    ShardId,
    ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
    StartingSequenceNumber: '1',
  }),
  kinesis('GetShardIterator', { StreamARN, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: 1.5 }),
  kinesis('GetRecords', {
    ShardIterator: Buffer.from(JSON.stringify([1, StreamName, 0, ShardId, 0, 9e15])).toString('base64'),
    Limit: 10,
  }),
  kinesis('SplitShard', {
    StreamName,
    ShardToSplit: ShardId,
    NewStartingHashKey: '170141183460469231731687303715884105728',
  }),
  kinesis('MergeShards', { StreamName, ShardToMerge: ShardId, AdjacentShardToMerge: 'shardId-000000000001' }),
  kinesis('UpdateShardCount', { StreamName, TargetShardCount: 3, ScalingType: 'UNIFORM_SCALING' }),
  kinesis('AddTagsToStream', { StreamName, Tags: { a: 'b' } }),
  kinesis('RemoveTagsFromStream', { StreamName, TagKeys: ['a'] }),
  kinesis('ListTagsForStream', { StreamName, Limit: 1, ExclusiveStartTagKey: 'a' }),
  kinesis('EnableEnhancedMonitoring', { StreamName, ShardLevelMetrics: ['ALL'] }),
  kinesis('IncreaseStreamRetentionPeriod', { StreamName, RetentionPeriodHours: 48 }),
  kinesis('StartStreamEncryption', { StreamName, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }),
  kinesis('UpdateStreamMode', { StreamARN, StreamModeDetails: { StreamMode: 'PROVISIONED' } }),
  kinesis('DescribeLimits', {}),
  kinesis('DeleteStream', { StreamName, EnforceConsumerDeletion: true }),
]

const emr = (target: string, input: Record<string, unknown>): Operation => ({
  service: 'elasticmapreduce',
  target: `ElasticMapReduce.${target}`,
  input,
})
const ClusterId = 'j-0000000000000'
const step = {
  Name: 's',
  ActionOnFailure: 'CONTINUE',
  HadoopJarStep: { Jar: 'command-runner.jar', Args: ['none', 'a'] },
}
const EMR: Operation[] = [
  emr('RunJobFlow', {
    Name: 'fuzz',
    ReleaseLabel: 'emr-7.5.0',
    Applications: [{ Name: 'Spark' }],
    Instances: { InstanceCount: 1, MasterInstanceType: 'm5.xlarge', KeepJobFlowAliveWhenNoSteps: false },
    Steps: [step],
    Tags: [{ Key: 'a', Value: 'b' }],
    ServiceRole: 'r',
    JobFlowRole: 'r',
  }),
  emr('DescribeCluster', { ClusterId }),
  emr('ListClusters', { ClusterStates: ['RUNNING'], CreatedAfter: 1, Marker: 'a' }),
  emr('AddJobFlowSteps', { JobFlowId: ClusterId, Steps: [step] }),
  emr('ListSteps', { ClusterId, StepStates: ['PENDING'], StepIds: ['s-1'], Marker: 'a' }),
  emr('DescribeStep', { ClusterId, StepId: 's-1' }),
  emr('CancelSteps', { ClusterId, StepIds: ['s-1'], StepCancellationOption: 'SEND_INTERRUPT' }),
  emr('ListInstances', { ClusterId, InstanceGroupTypes: ['MASTER'] }),
  emr('AddTags', { ResourceId: ClusterId, Tags: [{ Key: 'a', Value: 'b' }] }),
  emr('ModifyCluster', { ClusterId, StepConcurrencyLevel: 2 }),
  emr('SetTerminationProtection', { JobFlowIds: [ClusterId], TerminationProtected: true }),
  emr('TerminateJobFlows', { JobFlowIds: [ClusterId] }),
]

const redshift = (target: string, input: Record<string, unknown>): Operation => ({
  service: 'redshift-data',
  target: `RedshiftData.${target}`,
  input,
})
const place = { ClusterIdentifier: 'sluice', Database: 'dev', DbUser: 'awsuser' }
const Id = '11111111-1111-1111-1111-111111111111'
const REDSHIFT: Operation[] = [
  redshift('ExecuteStatement', { ...place, Sql: 'select 1', StatementName: 'n', ClientToken: 't' }),
  redshift('ExecuteStatement', {
    ...place,
    Sql: 'select :a',
    Parameters: [{ name: 'a', value: 'b' }],
    WithEvent: false,
  }),
  redshift('BatchExecuteStatement', { WorkgroupName: 'sluice', Database: 'dev', Sqls: ['select 1', 'select 2'] }),
  redshift('DescribeStatement', { Id }),
  redshift('GetStatementResult', { Id: `${Id}:1`, NextToken: 'a' }),
  redshift('ListStatements', { Status: 'ALL', MaxResults: 5, StatementName: 'n', NextToken: 'a' }),
  redshift('CancelStatement', { Id }),
  redshift('ListDatabases', { ...place, MaxResults: 5 }),
  redshift('ListTables', { ...place, SchemaPattern: '%', TablePattern: 'a%', NextToken: 'a' }),
  redshift('DescribeTable', { ...place, Schema: 'public', Table: 'fuzz' }),
]

const metric = {
  Namespace: 'AWS/Kinesis',
  MetricName: 'IncomingRecords',
  Dimensions: [{ Name: 'StreamName', Value: StreamName }],
}
const cloudwatch = (target: string, input: Record<string, unknown>): Operation => ({
  service: 'monitoring',
  target: `GraniteServiceVersion20100801.${target}`,
  input,
})
const CLOUDWATCH: Operation[] = [
  cloudwatch('ListMetrics', { Namespace: 'AWS/Kinesis', Dimensions: [{ Name: 'StreamName' }], NextToken: 'a' }),
  cloudwatch('GetMetricStatistics', {
    ...metric,
    StartTime: 1_764_000_000,
    EndTime: 1_764_003_600,
    Period: 60,
    Statistics: ['Sum'],
  }),
  cloudwatch('GetMetricData', {
    MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' } }],
    StartTime: 1_764_000_000,
    EndTime: 1_764_003_600,
    MaxDatapoints: 10,
  }),
]

const form = (service: string, Action: string, more: Record<string, string>): Operation => ({
  service,
  form: { Action, Version: service === 'sts' ? '2011-06-15' : '2010-05-08', ...more },
})
const RoleName = 'fuzz-role'
const policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'redshift.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const QUERY: Operation[] = [
  form('sts', 'GetCallerIdentity', {}),
  form('iam', 'CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: trust,
    'Tags.member.1.Key': 'a',
    'Tags.member.1.Value': 'b',
    Path: '/a/',
  }),
  form('iam', 'GetRole', { RoleName }),
  form('iam', 'ListRoles', { MaxItems: '10', Marker: 'a', PathPrefix: '/' }),
  form('iam', 'PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policy }),
  form('iam', 'GetRolePolicy', { RoleName, PolicyName: 'p' }),
  form('iam', 'AttachRolePolicy', { RoleName, PolicyArn: arn('policy/fuzz') }),
  form('iam', 'CreatePolicy', { PolicyName: 'fuzz', PolicyDocument: policy }),
  form('iam', 'CreateInstanceProfile', { InstanceProfileName: 'fuzz' }),
  form('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: 'fuzz', RoleName }),
  form('iam', 'TagRole', { RoleName, 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' }),
  form('iam', 'DeleteRole', { RoleName }),
]

const s3 = (method: string, path: string, body = '', headers: Record<string, string> = {}): Operation => ({
  service: 's3',
  method,
  path,
  body,
  headers,
})
const parts = '<Part><PartNumber>1</PartNumber><ETag>"a"</ETag></Part>'
const S3: Operation[] = [
  s3('PUT', '/fuzz-bucket'),
  s3('GET', '/'),
  s3(
    'GET',
    '/fuzz-bucket?list-type=2&prefix=a&delimiter=%2F&max-keys=10&continuation-token=YQ&start-after=a&encoding-type=url',
  ),
  s3('GET', '/fuzz-bucket?prefix=a&marker=b&max-keys=1'),
  s3('GET', '/fuzz-bucket?versions&key-marker=a&version-id-marker=null&max-keys=2'),
  s3('GET', '/fuzz-bucket?uploads&key-marker=a&upload-id-marker=b&max-uploads=2'),
  s3('PUT', '/fuzz-bucket/a', 'hello', {
    'content-type': 'text/plain',
    'x-amz-meta-a': 'b',
    'x-amz-tagging': 'a=b',
    'if-none-match': '*',
  }),
  s3('PUT', '/fuzz-bucket/dir/b', 'hello', {
    'x-amz-checksum-crc32': 'NhCmhg==',
    'x-amz-storage-class': 'STANDARD_IA',
  }),
  s3('PUT', '/fuzz-bucket/c', '', { 'x-amz-copy-source': '/fuzz-bucket/a', 'x-amz-copy-source-range': 'bytes=0-1' }),
  s3('GET', '/fuzz-bucket/a?response-content-type=text%2Fplain&versionId=null&partNumber=1', '', {
    range: 'bytes=0-3',
  }),
  s3('HEAD', '/fuzz-bucket/a', '', { 'if-modified-since': 'Sat, 21 Nov 2026 12:00:00 GMT', 'if-match': '"a"' }),
  s3('GET', '/fuzz-bucket/a?attributes', '', { 'x-amz-object-attributes': 'ETag,ObjectSize', 'x-amz-max-parts': '2' }),
  s3('DELETE', '/fuzz-bucket/a?versionId=null'),
  s3(
    'POST',
    '/fuzz-bucket?delete',
    '<Delete><Object><Key>a</Key><VersionId>null</VersionId></Object><Quiet>true</Quiet></Delete>',
  ),
  s3('POST', '/fuzz-bucket/m?uploads', '', { 'x-amz-checksum-algorithm': 'CRC32' }),
  s3('PUT', '/fuzz-bucket/m?uploadId=a&partNumber=1', 'hello'),
  s3('POST', '/fuzz-bucket/m?uploadId=a', `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`),
  s3('GET', '/fuzz-bucket/m?uploadId=a&part-number-marker=1&max-parts=2'),
  s3('DELETE', '/fuzz-bucket/m?uploadId=a'),
  s3('PUT', '/fuzz-bucket?versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'),
  s3('PUT', '/fuzz-bucket?tagging', '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'),
  s3('PUT', '/fuzz-bucket/a?tagging', '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'),
  s3('PUT', '/fuzz-bucket?policy', policy),
  s3('PUT', '/fuzz-bucket?lifecycle', '<LifecycleConfiguration><Rule><ID>a</ID></Rule></LifecycleConfiguration>'),
  s3('PUT', '/fuzz-bucket?publicAccessBlock', '<PublicAccessBlockConfiguration/>'),
  s3('GET', '/fuzz-bucket?acl'),
  s3('GET', '/fuzz-bucket?location'),
]

export const OPERATIONS: readonly Operation[] = [...KINESIS, ...EMR, ...REDSHIFT, ...CLOUDWATCH, ...QUERY, ...S3, ...S3]
