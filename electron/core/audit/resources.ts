/** Members whose values name a thing, in the services that Sluice calls; what they hold is no secret and no record. */
const NAMES = new Set([
  'Bucket',
  'ClusterArn',
  'ClusterId',
  'ClusterIdentifier',
  'CopySource',
  'Database',
  'Id',
  'InstanceGroupId',
  'InstanceProfileName',
  'JobFlowId',
  'JobFlowIds',
  'Key',
  'KeyId',
  'Name',
  'NamespaceName',
  'PolicyArn',
  'PolicyName',
  'ResourceArn',
  'ResourceId',
  'RoleName',
  'ScheduleName',
  'SessionId',
  'ShardId',
  'StatementName',
  'StepIds',
  'StreamARN',
  'StreamName',
  'SubnetIds',
  'UserName',
  'WorkgroupName',
])
/** What other services call the names of things: a new client is not left out for that. */
const LIKE_A_NAME = /^[A-Za-z]+(?:Name|Arn|ARN|Identifier)$/
/** They end like a name, and hold something else. */
const NOT_NAMES = /secret|token|password|credential|user(?:name)?$|^DbUser$/i

const MOST = 12
const LONGEST = 300

/** The things that a request or an answer names, as `StreamName=orders`. */
export function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const found = Object.entries(value).flatMap(([member, inner]) => {
    if (!NAMES.has(member) && (!LIKE_A_NAME.test(member) || NOT_NAMES.test(member))) return []
    const values = (Array.isArray(inner) ? inner : [inner]).filter(entry => typeof entry === 'string')
    return values.map(text => `${member}=${shortened(text)}`)
  })
  const names = [...found, ...deleted(value)]
  return names.length > MOST ? [...names.slice(0, MOST), `and ${names.length - MOST} more`] : names
}

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)

/** The objects that DeleteObjects names are a member deeper. */
function deleted(value: object): string[] {
  if (!('Delete' in value) || typeof value.Delete !== 'object' || value.Delete === null) return []
  const { Objects } = value.Delete as { Objects?: { Key?: string }[] }
  const keys = (Objects ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [`Key=${shortened(Key)}`]))
  return keys.length > 3 ? [...keys.slice(0, 3), `and ${keys.length - 3} more objects`] : keys
}

/** What SQL does, without its text, which may hold what its user typed in: the first word of each statement. */
export function sqlIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { Sql, Sqls } = value as { Sql?: unknown; Sqls?: unknown }
  const texts = [Sql, ...(Array.isArray(Sqls) ? Sqls : [])].filter(sql => typeof sql === 'string')
  return texts.slice(0, MOST).map(sql => `sql=${firstWord(sql)}`)
}

const firstWord = (sql: string): string =>
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([a-z]{1,20})\b/i.exec(sql)?.[1]?.toLowerCase() ?? 'other'
