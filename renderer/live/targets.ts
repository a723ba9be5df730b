import { useEffect, useMemo } from 'react'
import type { Services } from '../../shared/features/services.ts'
import { findTarget, type Target } from '../../shared/features/targets.ts'
import { usePreferences } from '../ui/theme/preferences.ts'
import { useLive } from './live.ts'
import { useStandings } from './standings.ts'
import { useCall } from './use-call.ts'

const listTargets = (services: Services) => services.targets.list({})

/** The targets that there are, and the one that is shown; undefined while they are not known. */
export function useTargets(): { targets: Target[]; current: Target | undefined; reload: () => void } {
  const { value, reload } = useCall(listTargets)
  const id = useLive(live => live.scope.target)
  const { byTarget, round } = useStandings()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` is what asks again
  useEffect(() => reload(), [reload, round])
  const targets = useMemo(() => (value ?? []).map(target => ({ ...target, ...byTarget[target.id] })), [value, byTarget])
  return { targets, current: findTarget(targets, id), reload }
}

/** An account's number, unless it is hidden in front of an audience. */
export function useAccountText(): (account: string) => string {
  const hidden = usePreferences(preferences => preferences.presenting)
  return account => (account === '' ? 'account not known yet' : hidden ? 'account hidden' : `account ${account}`)
}

/** A text without the account's number, while an audience watches. */
export function useHidden(): (text: string) => string {
  const hidden = usePreferences(preferences => preferences.presenting)
  return text => (hidden ? text.replace(/\b\d{12}\b/g, '••••') : text)
}
