import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'

/** How this user likes the console; kept in this browser or window. */
export interface Preferences {
  mode: 'light' | 'dark' | 'system'
  density: 'comfortable' | 'compact'
  /** In front of an audience: larger, with a script, and account numbers hidden. */
  presenting: boolean
  /** Ids of events whose notice was dismissed, the newest last. */
  dismissed: readonly number[]
  /** What the system asks for: taken when it says so, that all parts of the page change together. */
  systemIsDark: boolean
  set(change: Partial<Pick<Preferences, 'mode' | 'density' | 'presenting' | 'dismissed'>>): void
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)')

export const usePreferences = create<Preferences>()(
  persist(
    set => ({
      mode: 'system',
      density: 'compact',
      presenting: false,
      dismissed: [],
      systemIsDark: prefersDark.matches,
      set: change => set(change),
    }),
    {
      name: 'sluice-preferences',
      partialize: ({ mode, density, presenting, dismissed }) => ({ mode, density, presenting, dismissed }),
    },
  ),
)

/** Whether the page is dark now. */
export const isDark = ({ mode, systemIsDark }: Pick<Preferences, 'mode' | 'systemIsDark'>): boolean =>
  mode === 'dark' || (mode === 'system' && systemIsDark)

/** Applies the preferences to the page, now and on every change of theirs or of the system's. */
export function applyPreferences(): void {
  const apply = () => {
    const preferences = usePreferences.getState()
    const dark = isDark(preferences)
    applyMode(dark ? Mode.Dark : Mode.Light)
    applyDensity(preferences.density === 'compact' ? Density.Compact : Density.Comfortable)
    document.documentElement.dataset.mode = dark ? 'dark' : 'light'
    document.documentElement.dataset.presenting = String(preferences.presenting)
  }
  apply()
  usePreferences.subscribe(apply)
  prefersDark.addEventListener('change', ({ matches }) => usePreferences.setState({ systemIsDark: matches }))
}
