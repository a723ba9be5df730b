import { useSyncExternalStore } from 'react'
import type { Colours } from './colours.ts'
import { isDark, usePreferences } from './preferences.ts'

/** What is drawn on a canvas cannot inherit a font. The same as in theme.css. */
export const FONT = '"Open Sans", system-ui, sans-serif'

declare const __COLOURS__: Record<'light' | 'dark', Record<string, string>>

/** The palette's second colour is a red, and red means that something is wrong: it comes last. */
const CALM_FIRST = [1, 3, 4, 5, 6, 7, 8, 2]

function coloursOf(mode: 'light' | 'dark'): Colours {
  const of = (name: string) => __COLOURS__[mode][name] ?? ''
  return {
    isDark: mode === 'dark',
    background: of('color-background-layout-main'),
    surface: of('color-background-container-content'),
    line: of('color-border-divider-default'),
    text: of('color-text-body-default'),
    quiet: of('color-text-body-secondary'),
    good: of('color-text-status-success'),
    warning: of('color-text-status-warning'),
    bad: of('color-text-status-error'),
    info: of('color-text-status-info'),
    accent: of('color-text-link-default'),
    selected: of('color-background-item-selected'),
    series: CALM_FIRST.map(number => of(`color-charts-palette-categorical-${number}`)),
  }
}

const THEMES = { light: coloursOf('light'), dark: coloursOf('dark') }

export const useColours = (): Colours =>
  useSyncExternalStore(usePreferences.subscribe, () => THEMES[isDark(usePreferences.getState()) ? 'dark' : 'light'])
