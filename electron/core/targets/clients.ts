import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EMRClient } from '@aws-sdk/client-emr'
import { IAMClient } from '@aws-sdk/client-iam'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Target } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../aws/expected-error.ts'
import { refuseUnlessRead } from './read-only.ts'

/** The clients of one target. The only place that makes them, so that the guards below cannot be gone around. */
export interface AwsClients {
  kinesis: KinesisClient
  /** A Kinesis client that never tries again by itself: whoever counts records must see each answer. */
  kinesisOnce: KinesisClient
  s3: S3Client
  emr: EMRClient
  redshiftData: RedshiftDataClient
  iam: IAMClient
  sts: STSClient
  cloudWatch: CloudWatchClient
  close(): void
}

/** The sandbox checks no signature, and its key must never be one of AWS. */
const SANDBOX_CREDENTIALS = { accessKeyId: 'sluice-sandbox', secretAccessKey: 'sluice-sandbox' }

/**
 * @throws Error when a sandbox target's endpoint is not loopback, or an AWS target's is: neither may ever reach the other's data.
 */
export function createClients(target: Target): AwsClients {
  checkEndpoint(target)
  const sandbox = target.kind === 'sandbox'
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: 60_000,
    httpAgent: { keepAlive: true, maxSockets: 64 },
  })
  const common = {
    region: target.region,
    ...(target.endpoint && { endpoint: target.endpoint }),
    // Only what the profile says: not the environment, nor a metadata service that answers for somebody else.
    credentials: sandbox ? SANDBOX_CREDENTIALS : fromIni({ ...(target.profile && { profile: target.profile }) }),
    requestHandler,
  }
  const clients = {
    kinesis: new KinesisClient(common),
    kinesisOnce: new KinesisClient({ ...common, maxAttempts: 1 }),
    s3: new S3Client({ ...common, forcePathStyle: sandbox }),
    emr: new EMRClient(common),
    redshiftData: new RedshiftDataClient(common),
    iam: new IAMClient(common),
    sts: new STSClient(common),
    cloudWatch: new CloudWatchClient(common),
  }
  for (const client of Object.values(clients)) {
    if (target.profile !== undefined) sayHowToLogIn(client, target.profile)
    if (target.protection === 'read-only') guard(client, target.title)
  }
  return {
    ...clients,
    close() {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

/** What every client has in common, whatever its commands are. */
interface Guardable {
  middlewareStack: {
    add(
      middleware: (
        next: (args: { input: object }) => Promise<never>,
        context: { commandName?: string },
      ) => (args: { input: object }) => Promise<never>,
      options: { step: 'initialize'; name: string; priority: 'high' },
    ): void
  }
}

function guard(client: object, title: string): void {
  ;(client as Guardable).middlewareStack.add(
    (next, context) => async args => {
      await refuseUnlessRead(title, context.commandName ?? 'unknown', args.input)
      return next(args)
    },
    { step: 'initialize', name: 'readOnly', priority: 'high' },
  )
}

/** Credentials that are missing or have run out are told with the command that renews them. */
function sayHowToLogIn(client: object, profile: string): void {
  ;(client as Guardable).middlewareStack.add(
    next => async args => {
      try {
        return await next(args)
      } catch (error) {
        const known = toAppError(error)
        if (known.code !== 'auth_expired') throw error
        throw new ExpectedError(
          {
            ...known,
            hint: `Log in, then try again: aws sso login --profile ${/^[\w@.+-]+$/.test(profile) ? profile : `'${profile}'`}`,
          },
          { cause: error },
        )
      }
    },
    { step: 'initialize', name: 'sayHowToLogIn', priority: 'high' },
  )
}

function checkEndpoint(target: Target): void {
  const host = target.endpoint && new URL(target.endpoint).hostname
  const loopback = host === 'localhost' || host === '[::1]' || /^127\./.test(host ?? '')
  if (target.kind === 'sandbox' && !loopback)
    throw new Error(`The sandbox must be on loopback, not at ${target.endpoint ?? 'AWS'}.`)
  if (target.kind === 'aws' && host && loopback) throw new Error(`An AWS target must not point at loopback (${target.endpoint}).`)
}
