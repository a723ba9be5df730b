import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type StateCare, strictCare } from '../../shared/state/damage.ts'
import { createCloudWatch } from './cloudwatch/cloudwatch.ts'
import { openEmr } from './emr/emr.ts'
import { processRunner, type StepCommands } from './emr/process-runner.ts'
import { openIam } from './iam/iam.ts'
import { openKinesis } from './kinesis/kinesis.ts'
import { clientEnvironment, SANDBOX_ACCOUNT, SANDBOX_REGION, SANDBOX_WAREHOUSE } from './place.ts'
import { openRedshiftData } from './redshift-data/redshift-data.ts'
import { openS3 } from './s3/s3.ts'
import { callEmr } from './scheduler/call-emr.ts'
import { openScheduler } from './scheduler/scheduler.ts'
import { createAdmission, type SandboxAccess } from './server/access.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from './server/exchange.ts'
import { listen } from './server/listen.ts'
import { recorderIn } from './server/record.ts'
import { createRouter } from './server/route.ts'
import { type FindSpark, sparkSteps } from './spark/spark-submit.ts'
import { createSts } from './sts/sts.ts'

/**
 * How long state changes take. AWS needs 10 to 30 s for a stream and 5 to 10 minutes for a cluster; the sandbox speeds
 * them up, keeps their order, and says so in docs/sandbox.md.
 */
const STATE_DELAYS_MS = { stream: 400, starting: 1_500, bootstrapping: 1_000, terminating: 500, stepPending: 300 }

export interface SandboxOptions {
  /** The folder of its whole state. */
  dir: string
  /** 0 takes a free one. */
  port: number
  /** Whether shards have their throughput limits. */
  limits: boolean
  now: () => number
  access: SandboxAccess
  /** Measures intervals (shared/time/times.ts). */
  monotonic: () => number
  log: (line: string) => void
  /**
   * What is done about damaged state, and about a disk that takes no writes; refuses the one and waits for the other
   * when nothing is said.
   */
  care?: StateCare
  /** What `command-runner.jar` may run, by its first argument. */
  stepCommands: StepCommands
  /** Finds the Spark that runs the steps of `spark-submit`. */
  findSpark: FindSpark
  /** Where what Sluice's own clients send is recorded, for tests. */
  recordIn?: string | undefined
}

export interface Sandbox {
  endpoint: string
  port: number
  close(): Promise<void>
}

/**
 * Opens the twin of AWS on one loopback port. Steps that ran when it was last stopped run on, so the port answers
 * before they start.
 * @throws Error with the code EADDRINUSE when the port is taken
 * @throws DamagedState
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const onCrash = (error: unknown) => options.log(`error: ${error instanceof Error ? error.stack : String(error)}`)
  let opened: (route: (request: SandboxRequest) => Promise<SandboxReply>) => void = () => undefined
  const ready = new Promise<(request: SandboxRequest) => Promise<SandboxReply>>(resolve => {
    opened = resolve
  })
  const recorder = options.recordIn === undefined ? undefined : recorderIn(options.recordIn)
  const listener = await listen({
    port: options.port,
    handle: async request => {
      const recorded = recorder?.tap(request) ?? request
      return (await ready)(recorded)
    },
    onCrash,
  })
  const endpoint = `http://127.0.0.1:${listener.port}`
  try {
    const care = options.care ?? strictCare(options.now, options.log)
    const services = await openServices({ ...options, care }, endpoint)
    opened(createRouter({ services, admit: createAdmission(options.access), onCrash, care }))
    return {
      endpoint,
      port: listener.port,
      async close() {
        await listener.close()
        // EMR before the others: its steps are asked to end while the services they speak to are still open on disk.
        for (const service of services) await service.close?.()
      },
    }
  } catch (error) {
    await listener.close()
    throw error
  }
}

async function openServices(
  options: SandboxOptions & { care: StateCare },
  endpoint: string,
): Promise<SandboxService[]> {
  const { now, monotonic, log, care } = options
  const place = { account: SANDBOX_ACCOUNT, region: SANDBOX_REGION, now, monotonic, log, care }
  const folder = async (name: string) => {
    const dir = join(options.dir, name)
    await mkdir(dir, { recursive: true })
    return dir
  }
  const s3 = await openS3({ dir: await folder('s3'), ...place })
  const kinesis = await openKinesis({
    dir: await folder('kinesis'),
    limits: options.limits,
    stateDelayMs: STATE_DELAYS_MS.stream,
    ...place,
  })
  const redshiftData = await openRedshiftData({
    dir: await folder('redshift'),
    objects: s3.objects,
    ...SANDBOX_WAREHOUSE,
    ...place,
  })
  const iam = await openIam({ dir: await folder('iam'), account: SANDBOX_ACCOUNT, now, care })
  const spark = sparkSteps({
    dir: join(options.dir, 'emr', 'spark'),
    objects: s3.objects,
    findSpark: options.findSpark,
  })
  const emr = await openEmr({
    dir: await folder('emr'),
    objects: s3.objects,
    delaysMs: STATE_DELAYS_MS,
    runStep: processRunner({
      commands: { ...options.stepCommands, 'spark-submit': spark.command },
      environment: clientEnvironment(endpoint, options.access.key),
    }),
    uiOf: spark.uiOf,
    ...place,
  })
  return [
    // Closed before EMR, which it calls.
    await openScheduler({ dir: await folder('scheduler'), ...place, invoke: callEmr(emr) }),
    emr,
    s3.service,
    kinesis.service,
    redshiftData,
    iam,
    createSts({ account: SANDBOX_ACCOUNT }),
    createCloudWatch({ streams: kinesis.metrics, now }),
  ]
}
