import type { LoginEvent } from '../../../shared/features/targets.ts'
import { duration } from './text.ts'

type Waiting = LoginEvent & { state: 'waiting' }

/** Where somebody has to go, and what he has to see there. */
export function waitingLines({ name, url, code, way }: Waiting, opens: boolean): string[] {
  return [
    `Log in to ${name} ${opens ? 'in the browser that opens, or' : 'in a browser'} at this address:`,
    '',
    `  ${url}`,
    '',
    ...(code === null ? [] : [`The page has to show this code: ${code}`]),
    ...(way === 'browser'
      ? ['The browser has to be one of this machine. On another one: sluice login --device-code']
      : ['Any browser will do, also that of another machine.']),
  ]
}

/** What is waited for, and for how long still. */
export const waitLine = ({ until, way }: Waiting, nowMs: number, canType: boolean): string =>
  `Waiting for ${way === 'browser' ? 'the browser' : 'the code to be allowed'}: ` +
  `${duration(toSecond(Date.parse(until) - nowMs))} left. ${canType ? 'Esc or Ctrl-C cancels.' : 'Ctrl-C cancels.'}`

const toSecond = (ms: number): number => Math.max(0, Math.floor(ms / 1_000) * 1_000)

export const doneLine = ({ name, until, renewed }: LoginEvent & { state: 'done' }): string =>
  `Logged in to ${name} until ${until}${renewed ? '; it is renewed by itself while the session lasts' : ''}.`
