/**
 * The colours of the mode that the page is in, as values: canvas and grid cannot read the design system's own
 * variables.
 */
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
