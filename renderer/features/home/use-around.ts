import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { useSandboxProgram } from '../../live/sandbox-program.ts'
import { useNow } from '../../ui/now.ts'
import type { Around } from './stale-since.ts'

/** Whether core and the target can be reached at all. */
export function useAround(): Around {
  const connection = useConnection()
  const isSandboxShown = useLive(live => live.scope.target === 'sandbox')
  const sandbox = useSandboxProgram()
  return {
    lostSinceMs: connection.state === 'lost' ? connection.sinceMs : undefined,
    sandbox: isSandboxShown ? sandbox : undefined,
  }
}

/** A time that is read again every second, epoch ms; undefined while there is none. */
export function useSinceMs(since: (nowMs: number) => number | undefined): number | undefined {
  const sinceMs = useNow(nowMs => since(nowMs) ?? 0)
  return sinceMs === 0 ? undefined : sinceMs
}
