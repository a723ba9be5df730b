import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'

/** How this user likes the console; kept in this browser or window. */
export interface Preferences {
  mode: 'light' | 'dark' | 'system'
  density: 'comfortable' | 'compact'
  set(change: Partial<Pick<Preferences, 'mode' | 'density'>>): void
}

export const usePreferences = create<Preferences>()(
  persist(
    set => ({
      mode: 'system',
      density: 'compact',
      set: change => set(change),
    }),
    { name: 'sluice-preferences', partialize: ({ mode, density }) => ({ mode, density }) },
  ),
)

const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** Whether the page is dark now. */
export const isDark = (mode: Preferences['mode']): boolean => mode === 'dark' || (mode === 'system' && prefersDark.matches)

/** Applies the preferences to the page, now and on every change of theirs or of the system's. */
export function applyPreferences(): void {
  const apply = () => {
    const { mode, density } = usePreferences.getState()
    applyMode(isDark(mode) ? Mode.Dark : Mode.Light)
    applyDensity(density === 'compact' ? Density.Compact : Density.Comfortable)
    document.documentElement.dataset.mode = isDark(mode) ? 'dark' : 'light'
  }
  apply()
  usePreferences.subscribe(apply)
  prefersDark.addEventListener('change', () => usePreferences.setState({}))
}
