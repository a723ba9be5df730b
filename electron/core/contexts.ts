import { join } from 'node:path'
import type { PipelineScope } from '../../shared/features/scope.ts'
import { findTarget, type Target } from '../../shared/features/targets.ts'
import { type AppError, ExpectedError } from '../../shared/rpc/contract.ts'
import type { Clock } from './clock/clock.ts'
import { toAppError } from './errors/expected-error.ts'
import type { PipelineContext } from './pipeline-context.ts'
import type { Catalog } from './pipelines/catalog.ts'
import { type AccountAccess, type AwsClients, createClients, type SandboxKey } from './targets/clients.ts'
import { createPolls } from './targets/polls.ts'
import type { Gate } from './targets/protection/gate.ts'
import type { WatchedCalls } from './targets/watch-calls.ts'
import type { WheelStore } from './wheelhouse/wheel-store.ts'

/** Why STS may not answer: nobody is logged in, or there is no network. */
const UNASKABLE: ReadonlySet<AppError['code']> = new Set(['auth_expired', 'unavailable', 'throttled'])

interface ContextOptions {
  /** What changes of a target pass through. */
  gate: Gate
  targets: () => Promise<Target[]>
  catalog: Catalog
  /** Below it each pipeline of each target has a folder. */
  stateDir: string
  clock: Clock
  random: () => number
  sandboxKey: SandboxKey
  accounts: AccountAccess | undefined
  calls: WatchedCalls
  wheels?: WheelStore
}

/** What services need of a pipeline on a target: its spec, its clients (one set a target), its folder of state. */
export function createContexts(options: ContextOptions) {
  const { targets, catalog, stateDir, clock, random, sandboxKey, accounts, gate, calls, wheels } = options
  const clients = new Map<string, AwsClients>()

  function clientsOf(target: Target): AwsClients {
    // A profile that is refused from now on has no clients any more.
    const key = JSON.stringify([target.id, target.region, target.endpoint, target.problem])
    const known = clients.get(key) ?? createClients(target, sandboxKey, accounts, gate, calls)
    clients.set(key, known)
    return known
  }

  /** Names and ARNs are made of the account: where the profile does not say it, STS is asked. */
  async function withAccount(target: Target): Promise<Target> {
    if (target.account !== '') return target
    try {
      const { account } = await clientsOf(target).askFacts({ aliases: false })
      return { ...target, account }
    } catch (error) {
      // What is known without AWS is shown all the same; whatever calls it next says why it cannot.
      if (UNASKABLE.has(toAppError(error).code)) return target
      throw error
    }
  }

  return {
    clientsOf,
    /** @throws ExpectedError `not_found` for a target or a pipeline that is not there */
    async contextOf(scope: PipelineScope): Promise<PipelineContext> {
      const known = await targets()
      const listed = findTarget(known, scope.target) ?? unknownTarget(scope.target, known)
      const target = await withAccount(listed)
      const { pipeline: spec, files } = await catalog.find(scope.pipeline)
      return {
        target,
        spec,
        files,
        aws: clientsOf(target),
        polls: createPolls(target.kind, { clock, random }),
        stateDir: join(stateDir, folderName(target.id), spec.id),
        wheels,
      }
    },
    closeClients(): void {
      for (const entry of clients.values()) entry.close()
    },
  }
}

/** A profile may have any name: what would leave the folder, or is none on some system, is written otherwise. */
const folderName = (id: string): string =>
  encodeURIComponent(id)
    .replaceAll('%40', '@')
    .replace(/^\.+$/, dots => '%2E'.repeat(dots.length))
    .replaceAll('*', '%2A')

function unknownTarget(asked: string, known: readonly { id: string }[]): never {
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no target named ${asked}.`,
    hint: `Known: ${known.map(entry => entry.id).join(', ') || 'none'}.`,
    retryable: false,
  })
}
