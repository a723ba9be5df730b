import { useSyncExternalStore } from 'react'
import { isDark, usePreferences } from './preferences.ts'

/** What is drawn on a canvas cannot inherit a font. The same as in shell.css. */
export const FONT = '"Open Sans", system-ui, sans-serif'

declare const __COLOURS__: Record<'light' | 'dark', Record<string, string>>

/** The colours of the mode that the page is in, as values: canvas and grid cannot read the design system's own variables. */
export interface Colours {
  isDark: boolean
  background: string
  surface: string
  line: string
  text: string
  quiet: string
  good: string
  warning: string
  bad: string
  info: string
  accent: string
  selected: string
  series: string[]
}

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
    series: Array.from({ length: 8 }, (_, index) => of(`color-charts-palette-categorical-${index + 1}`)),
  }
}

const THEMES = { light: coloursOf('light'), dark: coloursOf('dark') }

export const useColours = (): Colours =>
  useSyncExternalStore(usePreferences.subscribe, () => THEMES[isDark(usePreferences.getState()) ? 'dark' : 'light'])
