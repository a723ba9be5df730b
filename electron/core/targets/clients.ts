import { setTimeout as sleep } from 'node:timers/promises'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EMRClient } from '@aws-sdk/client-emr'
import { IAMClient } from '@aws-sdk/client-iam'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import { S3Client } from '@aws-sdk/client-s3'
import { getDefaultRoleAssumerWithWebIdentity, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import type { Target } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../errors/expected-error.ts'
import { permissionFor } from './permission.ts'
import { awsHandler, sandboxAddress, sandboxHandler } from './reachable.ts'
import { refuseUnlessRead } from './read-only.ts'

/** The clients of one target. The only place that makes them, so that the guards below cannot be gone around. */
export interface AwsClients {
  kinesis: KinesisClient
  /** Never tries again by itself: for records whose every answer is counted, and for reads that the caller spaces. */
  kinesisOnce: KinesisClient
  s3: S3Client
  emr: EMRClient
  redshiftData: RedshiftDataClient
  iam: IAMClient
  sts: STSClient
  cloudWatch: CloudWatchClient
  close(): void
}

/** The access key of the sandbox, or how it is had; it belongs to a data folder, and is never one of AWS. */
export type SandboxKey = SandboxCredentials | (() => Promise<SandboxCredentials>)
interface SandboxCredentials {
  accessKeyId: string
  secretAccessKey: string
}

/**
 * @throws Error when a sandbox target's endpoint is not loopback, and ExpectedError `conflict` for a target that has a
 * problem, or an endpoint that is not AWS's own: neither may ever reach the other's data. What the handler is about to
 * call is checked again with each request (reachable.ts).
 */
export function createClients(target: Target, sandboxKey: SandboxKey): AwsClients {
  const sandbox = target.kind === 'sandbox'
  refuseUnusable(target)
  const requestHandler = sandbox ? sandboxHandler(sandboxAddress(target.endpoint)) : awsHandler()
  const common = {
    region: target.region,
    ...(target.endpoint && { endpoint: target.endpoint }),
    // Only what the profile says: not the environment, nor a metadata service that answers for somebody else.
    credentials: sandbox ? sandboxKey : profileCredentials(target, requestHandler),
    requestHandler,
    ...OWN_ENDPOINTS,
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
    sayWhatIsNeeded(client)
    if (target.profile !== undefined) sayHowToLogIn(client, target.profile)
    if (target.protection === 'read-only') guard(client, target.title)
    // Whoever counts records sees each answer.
    if (sandbox && client !== clients.kinesisOnce) waitForRoom(client)
  }
  return {
    ...clients,
    close() {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

/**
 * Neither AWS_ENDPOINT_URL and its brothers nor a profile say where a client calls; nor does a metadata service say how
 * (AWS_DEFAULTS_MODE=auto).
 */
const OWN_ENDPOINTS = { ignoreConfiguredEndpointUrls: true, defaultsMode: 'legacy' } as const

/**
 * The credentials of a profile. The clients inside (SSO, its tokens, STS, `aws login`) call through the same handler,
 * and by the same rules.
 */
function profileCredentials({ profile, region }: Target, requestHandler: ReturnType<typeof awsHandler>) {
  const clientConfig = { requestHandler, ...OWN_ENDPOINTS }
  return fromIni({
    ...(profile && { profile }),
    clientConfig,
    // fromIni hands its clientConfig on to all of them but this one.
    roleAssumerWithWebIdentity: getDefaultRoleAssumerWithWebIdentity({ ...clientConfig, region }),
  })
}

/** What every client has in common, whatever its commands are. */
interface Guardable {
  middlewareStack: {
    add(
      middleware: (
        next: (args: { input: object }) => Promise<never>,
        context: { clientName?: string; commandName?: string },
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

const ROOM_EVERY_MS = 500
const ROOM_WITHIN_MS = 60_000

/**
 * The sandbox answers 503 while the disk of its folder is full, and has done nothing then: the call is made again until
 * there is room, for a minute at most. The disk's own notice says meanwhile why it takes so long.
 */
function waitForRoom(client: object): void {
  ;(client as Guardable).middlewareStack.add(
    next => async args => {
      for (let waitedMs = 0; ; waitedMs += ROOM_EVERY_MS) {
        try {
          return await next(args)
        } catch (error) {
          if (!isDiskFull(error) || waitedMs >= ROOM_WITHIN_MS) throw error
          await sleep(ROOM_EVERY_MS)
        }
      }
    },
    { step: 'initialize', name: 'waitForRoom', priority: 'high' },
  )
}

function isDiskFull(error: unknown): boolean {
  const { $metadata, message } = error as { $metadata?: { httpStatusCode?: number }; message?: string }
  return $metadata?.httpStatusCode === 503 && /\((?:ENOSPC|EDQUOT)\b/.test(message ?? '')
}

/** What is refused says which permission it needs, also where AWS does not (HEAD of S3 has no body to say it in). */
function sayWhatIsNeeded(client: object): void {
  ;(client as Guardable).middlewareStack.add(
    (next, context) => async args => {
      try {
        return await next(args)
      } catch (error) {
        if (toAppError(error).code === 'access_denied' && !(error instanceof ExpectedError))
          Object.assign(error as object, {
            permission: permissionFor(context.clientName ?? '', context.commandName ?? ''),
          })
        throw error
      }
    },
    { step: 'initialize', name: 'sayWhatIsNeeded', priority: 'high' },
  )
}

/** Credentials that are missing or have run out are reported with the command that renews them. */
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
            hint:
              'Log in, then try again: aws sso login --profile ' +
              `${/^[\w@.+-]+$/.test(profile) ? profile : `'${profile}'`}`,
          },
          { cause: error },
        )
      }
    },
    { step: 'initialize', name: 'sayHowToLogIn', priority: 'high' },
  )
}

function refuseUnusable({ kind, title, endpoint, problem }: Target): void {
  const why =
    problem ??
    (kind === 'aws' && endpoint !== undefined ? `it names the endpoint ${endpoint}, which is not AWS's own` : undefined)
  if (why === undefined) return
  throw new ExpectedError({
    code: 'conflict',
    message: `${title} cannot be used in Sluice: ${why}.`,
    hint: 'Take the line out of the file, or choose another target. Sluice calls AWS at its own addresses only.',
    retryable: false,
  })
}
