/*
 * Where the sandbox is, for whoever speaks to it over the wire. It imports nothing: a program that only needs these
 * must not load the sandbox itself (its SQL translator alone takes some 90 MB of WebAssembly).
 */

/** The one account and region of the sandbox; an account number that AWS never gives. */
export const SANDBOX_ACCOUNT = '000000000000'
export const SANDBOX_REGION = 'us-east-1'
/** The one warehouse of the sandbox, reached by either name. */
export const SANDBOX_WAREHOUSE = {
  clusterIdentifier: 'sluice',
  workgroupName: 'sluice',
  database: 'dev',
  dbUser: 'awsuser',
}

/** What requests to a sandbox are signed with. */
export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
}

/** What points an AWS client at a sandbox: the AWS CLI, boto3 and the SDKs read these. */
export function clientEnvironment(endpoint: string, key: AccessKey): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: SANDBOX_REGION,
    AWS_DEFAULT_REGION: SANDBOX_REGION,
  }
}
