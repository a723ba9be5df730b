import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { consentTo } from '../../../electron/hosts/cli/provision/consent.ts'
import { openTerminal } from '../../../electron/hosts/cli/provision/terminal.ts'
import type { Change } from '../../../shared/features/provision.ts'

const change = (name: string, over: Partial<Change> = {}): Change => ({
  id: `stream:${name}`,
  kind: 'stream',
  name,
  action: 'change',
  differences: [],
  effects: [],
  permissions: [],
  dependsOn: [],
  madeHere: true,
  ...over,
})
const KEPT = change('kept', { action: 'keep' })
const PLAIN = change('plain')
const [ONE, OTHER] = [change('one', { confirm: 'one' }), change('other', { confirm: 'other' })]
const LEFT = change('left', { confirm: 'left', blocked: 'for a reason' })
const NOTHING = { isAgreed: false, confirm: [] }

/** A terminal on which something was typed ahead. */
function typing(text: string) {
  const [input, output] = [new PassThrough(), new PassThrough()].map(stream => Object.assign(stream, { isTTY: true }))
  if (!input || !output) throw new Error('There are two')
  input.write(text)
  const terminal = openTerminal(input, output)
  if (!terminal) throw new Error('Both streams are a terminal')
  return { terminal, screen: () => String(output.read() ?? ''), end: () => input.end() }
}

describe('consent to a plan without a terminal', () => {
  it('is not needed where nothing is to be done, nor for what apply leaves alone', async () => {
    const changes = [KEPT, LEFT]
    expect(await consentTo({ changes }, NOTHING, undefined)).toEqual({ state: 'given', confirm: [] })
  })

  it('is missing as long as an option is, and says which', async () => {
    const changes = [PLAIN, ONE, OTHER]
    const because = (why: string) => ({ state: 'declined', why: expect.stringContaining(why) })
    expect(await consentTo({ changes }, NOTHING, undefined)).toEqual(
      because('give --yes --confirm one --confirm other.'),
    )
    const agreed = { isAgreed: true, confirm: ['other'] }
    expect(await consentTo({ changes }, agreed, undefined)).toEqual(because('give --confirm one.'))
  })

  it('is given by the names alone where all that is to be done takes something away', async () => {
    const confirm = ['one', 'other']
    expect(await consentTo({ changes: [ONE, OTHER] }, { isAgreed: false, confirm }, undefined)).toEqual({
      state: 'given',
      confirm,
    })
  })
})

describe('consent to a plan on a terminal', () => {
  it('is asked for name by name, also when the answers come all at once', async () => {
    const { terminal, screen } = typing('one\nother\n')
    const consent = await consentTo({ changes: [PLAIN, ONE, OTHER] }, NOTHING, terminal)
    expect(consent).toEqual({ state: 'given', confirm: ['one', 'other'] })
    expect(screen()).toMatch(/Type one to confirm.*Type other to confirm/s)
    terminal.close()
  })

  it('is not given when one of the names is another', async () => {
    const { terminal } = typing('one\none\n')
    expect(await consentTo({ changes: [ONE, OTHER] }, NOTHING, terminal)).toEqual({
      state: 'declined',
      why: '"one" is not other.',
    })
    terminal.close()
  })

  it('is a typed yes where nothing is taken away', async () => {
    for (const [typed, state] of [
      ['yes', 'given'],
      ['y', 'declined'],
      ['', 'declined'],
    ] as const) {
      const { terminal } = typing(`${typed}\n`)
      expect(await consentTo({ changes: [PLAIN] }, NOTHING, terminal)).toMatchObject({ state })
      terminal.close()
    }
  })

  it('is cancelled by Ctrl-C, and by the end of the input', async () => {
    const { terminal } = typing('on\x03')
    expect(await consentTo({ changes: [ONE] }, NOTHING, terminal)).toEqual({ state: 'cancelled' })
    const other = typing('')
    other.end()
    expect(await consentTo({ changes: [ONE] }, NOTHING, other.terminal)).toEqual({ state: 'cancelled' })
  })
})

it('nobody is asked where the question could not be read, or the answer not typed', () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true })
  expect(openTerminal(new PassThrough(), terminal())).toBeUndefined()
  expect(openTerminal(terminal(), new PassThrough())).toBeUndefined()
})
