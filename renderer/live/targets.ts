import type { Services } from '../../shared/features/services.ts'
import { findTarget, type Target } from '../../shared/features/targets.ts'
import { usePreferences } from '../ui/theme/preferences.ts'
import { useLive } from './live.ts'
import { useCall } from './use-call.ts'

const listTargets = (services: Services) => services.targets.list({})

/** The targets that there are, and the one that is shown; undefined while they are not known. */
export function useTargets(): { targets: Target[]; current: Target | undefined; reload: () => void } {
  const { value: targets = [], reload } = useCall(listTargets)
  const id = useLive(live => live.scope.target)
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
