import { setTimeout as sleep } from 'node:timers/promises'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EMRClient } from '@aws-sdk/client-emr'
import { IAMClient } from '@aws-sdk/client-iam'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import { S3Client } from '@aws-sdk/client-s3'
import type { SchedulerClient } from '@aws-sdk/client-scheduler'
import { STSClient } from '@aws-sdk/client-sts'
import { APP_ID } from '../../../shared/app-id.ts'
import type { PlacedTarget } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../errors/expected-error.ts'
import { currentPatience } from '../work/patience.ts'
import { permissionFor } from './permission.ts'
import type { ClientConfig } from './profiles/client-config.ts'
import { type AskMfaCode, type ProfileCredentials, profileCredentials } from './profiles/credentials.ts'
import { noRegionHint, REFUSED_HINT } from './profiles/hints.ts'
import type { Profiles } from './profiles/profiles.ts'
import { type AskFacts, createAskFacts } from './protection/account-facts.ts'
import { type Gate, passReading } from './protection/gate.ts'
import { awsHandler, sandboxAddress, sandboxHandler } from './reachable.ts'
import { type WatchedCalls, watchCalls } from './watch-calls.ts'

/** The clients of one target. The only place that makes them, so that the guards below cannot be gone around. */
export interface AwsClients {
  kinesis: KinesisClient
  /** Never tries again by itself: for records whose every answer is counted, and for reads that the caller spaces. */
  kinesisOnce: KinesisClient
  s3: S3Client
  emr: EMRClient
  /** Never tries again by itself: for what EMR would do twice, as it knows no token of a request. */
  emrOnce: EMRClient
  redshiftData: RedshiftDataClient
  iam: IAMClient
  sts: STSClient
  cloudWatch: CloudWatchClient
  scheduler: () => Promise<SchedulerClient>
  /** Whose account the credentials are of, as AWS says. */
  askFacts: AskFacts
  close(): void
}

/** The access key of the sandbox, or how it is had; it belongs to a data folder, and is never one of AWS. */
export type SandboxKey = SandboxCredentials | (() => Promise<SandboxCredentials>)
interface SandboxCredentials {
  accessKeyId: string
  secretAccessKey: string
}

/** What clients of AWS accounts get their credentials by. */
export interface AccountAccess {
  profiles: Profiles
  now: () => number
  /** Where somebody can be asked. */
  askMfaCode?: AskMfaCode | undefined
}

/**
 * @throws Error when a sandbox target's endpoint is not loopback, and ExpectedError for a target that has a problem, no
 * region, or an endpoint that is not AWS's own: neither may ever reach the other's data. What the handler is about to
 * call is checked again with each request (reachable.ts).
 */
export function createClients(
  target: PlacedTarget,
  sandboxKey: SandboxKey,
  accounts?: AccountAccess,
  gate?: Gate,
  watched?: WatchedCalls,
): AwsClients {
  const sandbox = target.kind === 'sandbox'
  refuseUnusable(target)
  const requestHandler = sandbox ? sandboxHandler(sandboxAddress(target.endpoint)) : awsHandler()
  const profile = sandbox ? undefined : credentialsOf(target, requestHandler, accounts)
  const common = {
    region: target.region,
    ...(target.endpoint && { endpoint: target.endpoint }),
    // Only what the profile says: not the environment, nor a metadata service that answers for somebody else.
    credentials: profile?.provide ?? sandboxKey,
    requestHandler,
    ...OWN_ENDPOINTS,
  }
  const clients = {
    kinesis: new KinesisClient(common),
    kinesisOnce: new KinesisClient({ ...common, maxAttempts: 1 }),
    s3: new S3Client({ ...common, forcePathStyle: sandbox }),
    emr: new EMRClient(common),
    emrOnce: new EMRClient({ ...common, maxAttempts: 1 }),
    redshiftData: new RedshiftDataClient(common),
    iam: new IAMClient(common),
    sts: new STSClient(common),
    cloudWatch: new CloudWatchClient(common),
  }
  const askFacts = createAskFacts(clients)
  const prepare = (client: object) => {
    if (watched) watchCalls(client, target, { ...watched, isSpaced: client === clients.kinesisOnce })
    sayWhatIsNeeded(client)
    if (profile) sayHowToRenew(client, profile)
    guard(client, target, askFacts, gate)
    // Whoever counts records sees each answer.
    if (sandbox && client !== clients.kinesisOnce) waitForRoom(client)
  }
  const made: { destroy(): void }[] = Object.values(clients)
  for (const client of made) prepare(client)
  const onDemand = onDemandFor(client => {
    prepare(client)
    made.push(client)
  })
  return {
    ...clients,
    scheduler: onDemand(async () => new (await import('@aws-sdk/client-scheduler')).SchedulerClient(common)),
    askFacts,
    close() {
      for (const client of made) client.destroy()
    },
  }
}

/** A client that is seldom called is loaded and made at its first call: core's start and memory do without it. */
const onDemandFor =
  (isMade: (client: { destroy(): void }) => void) =>
  <C extends { destroy(): void }>(make: () => Promise<C>): (() => Promise<C>) => {
    let client: Promise<C> | undefined
    return () => {
      client ??= make().then(fresh => {
        isMade(fresh)
        return fresh
      })
      return client
    }
  }

/**
 * Neither AWS_ENDPOINT_URL and its brothers nor a profile say where a client calls; nor does a metadata service say how
 * (AWS_DEFAULTS_MODE=auto). CloudTrail and the test suite's recorder know Sluice's calls by the application's id.
 */
const OWN_ENDPOINTS = { ignoreConfiguredEndpointUrls: true, defaultsMode: 'legacy', userAgentAppId: APP_ID } as const

/**
 * The credentials of a profile. The clients inside (SSO, its tokens, STS, `aws login`) call through the same handler,
 * and by the same rules.
 */
function credentialsOf(
  { profile, region, title }: PlacedTarget,
  requestHandler: ReturnType<typeof awsHandler>,
  accounts: AccountAccess | undefined,
): ProfileCredentials {
  if (profile === undefined || !accounts) throw new Error(`Nothing says how to get credentials of ${title}.`)
  return profileCredentials({ ...accounts, profile, region, clientConfig: { requestHandler, ...OWN_ENDPOINTS } })
}

/** What the clients of a login have: they call AWS and nobody else, as those of an account do. */
export const loginClientConfig = (): ClientConfig => ({ requestHandler: awsHandler(), ...OWN_ENDPOINTS })

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

/**
 * Every call that changes something passes the gate, which knows the user's rules. Clients that are made without one
 * are those of tests, and of commands that ask who they are: they change nothing of an AWS account.
 */
function guard(client: object, target: PlacedTarget, askFacts: AskFacts, gate: Gate | undefined): void {
  if (!gate && target.kind === 'sandbox') return
  ;(client as Guardable).middlewareStack.add(
    (next, { clientName = '', commandName = 'unknown' }) =>
      args => {
        const call = { target, client: clientName, command: commandName, input: args.input, askFacts }
        return gate ? gate.pass(call, () => next(args)) : passReading(call, () => next(args))
      },
    { step: 'initialize', name: 'guard', priority: 'high' },
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

/**
 * Credentials that AWS does not take are reported with what renews them, and are fetched again for the next call. Where
 * nobody is logged in, a call of work waits until somebody is: it was not made, or refused before anything was done.
 */
function sayHowToRenew(client: object, profile: ProfileCredentials): void {
  ;(client as Guardable).middlewareStack.add(
    next => async args => {
      let goesOn: (() => void) | undefined
      try {
        for (;;) {
          try {
            return await next(args)
          } catch (error) {
            const said = await withRenewal(error, profile)
            const patience = currentPatience()
            if (!patience || !(said instanceof ExpectedError) || said.error.reason !== 'logged_out') throw said
            const before = await profile.loginMark()
            goesOn ??= patience.pause(said.error)
            await loginChanges(profile, before, patience.signal)
          }
        }
      } finally {
        goesOn?.()
      }
    },
    { step: 'initialize', name: 'sayHowToRenew', priority: 'high' },
  )
}

async function withRenewal(error: unknown, profile: ProfileCredentials): Promise<unknown> {
  const known = toAppError(error)
  if (known.code !== 'auth_expired' || error instanceof ExpectedError) return error
  return new ExpectedError({ ...known, ...(await profile.forget()) }, { cause: error })
}

const LOGIN_LOOKED_FOR_EVERY_MS = 500
/** A login that ended may be good again without a word in the files. */
const ASKED_AGAIN_AFTER_MS = 10_000

/** Waits until the files say something else about the login, or it is time to ask again. */
async function loginChanges(profile: ProfileCredentials, before: string, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; waitedMs < ASKED_AGAIN_AFTER_MS; waitedMs += LOGIN_LOOKED_FOR_EVERY_MS) {
    await sleep(LOGIN_LOOKED_FOR_EVERY_MS, undefined, { signal })
    if ((await profile.loginMark()) !== before) return
  }
}

function refuseUnusable({ kind, title, endpoint, problem, problemHint, region, profile }: PlacedTarget): void {
  const why =
    problem ??
    (kind === 'aws' && endpoint !== undefined ? `it names the endpoint ${endpoint}, which is not AWS's own` : undefined)
  if (why !== undefined)
    throw new ExpectedError({
      code: 'conflict',
      message: `${title} cannot be used in Sluice: ${why}.`,
      hint: problemHint ?? REFUSED_HINT,
      retryable: false,
    })
  if (region === '')
    throw new ExpectedError({
      code: 'conflict',
      message: `Nothing says which region of AWS ${title} is for.`,
      hint: noRegionHint(profile ?? title),
      retryable: false,
    })
}
