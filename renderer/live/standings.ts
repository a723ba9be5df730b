import { create } from 'zustand'
import type { Standing } from '../../shared/features/protection.ts'

/** What core said last of a target once AWS was asked, by target; `round` counts changes of the rules. */
export const useStandings = create<{ byTarget: Readonly<Record<string, Standing>>; round: number }>(() => ({
  byTarget: {},
  round: 0,
}))

export function keepStanding(target: string, { accountClass, classedBy, protection }: Standing): void {
  const known = useStandings.getState().byTarget[target]
  if (known?.classedBy === classedBy && known.accountClass === accountClass && known.protection === protection) return
  useStandings.setState(({ byTarget }) => ({
    byTarget: { ...byTarget, [target]: { accountClass, classedBy, protection } },
  }))
}

/** The rules are others: what was said by those before counts no more. */
export const rulesChanged = (): void => useStandings.setState(({ round }) => ({ byTarget: {}, round: round + 1 }))
