import { expect, it } from 'vitest'
import { doneLine, waitingLines, waitLine } from '../../../electron/hosts/cli/login-text.ts'
import type { LoginEvent } from '../../../shared/features/targets.ts'

const BY_CODE: LoginEvent & { state: 'waiting' } = {
  state: 'waiting',
  name: 'corp',
  startUrl: 'https://corp.awsapps.com/start',
  way: 'device-code',
  url: 'https://device.sso.eu-central-1.amazonaws.com/?user_code=ABCD-EFGH',
  code: 'ABCD-EFGH',
  until: '2026-12-01T12:10:00Z',
  warning: null,
}
const NOW = Date.parse('2026-12-01T12:00:01.500Z')

it('a login on the command line shows its address, its code and the time that it is waited for', () => {
  expect(waitingLines(BY_CODE, true)).toEqual([
    'Log in to corp in the browser that opens, or at this address:',
    '',
    `  ${BY_CODE.url}`,
    '',
    'The page has to show this code: ABCD-EFGH',
    'Any browser will do, also that of another machine.',
  ])
  expect(waitLine(BY_CODE, NOW, true)).toBe(
    'Waiting for the code to be allowed: 9 min 58 s left. Esc or Ctrl-C cancels.',
  )
  const { code: _, ...rest } = BY_CODE
  const inBrowser = { ...rest, code: null, way: 'browser' as const }
  expect(waitingLines(inBrowser, false).at(-1)).toContain('sluice login --device-code')
  expect(waitLine(inBrowser, NOW + 3_600_000, false)).toBe('Waiting for the browser: 0 ms left. Ctrl-C cancels.')
})

it('a login on the command line says until when it lasts, and whether it is renewed', () => {
  const done = { state: 'done', name: 'corp', startUrl: '', until: '2026-12-01T13:00:00Z', warning: null } as const
  expect(doneLine({ ...done, renewed: false })).toBe('Logged in to corp until 2026-12-01T13:00:00Z.')
  expect(doneLine({ ...done, renewed: true })).toContain('renewed by itself')
})
