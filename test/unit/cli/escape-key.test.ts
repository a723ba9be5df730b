import { PassThrough } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { onEscape } from '../../../electron/hosts/cli/escape-key.ts'

/** A terminal's input, and whether it is raw. */
function terminal() {
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true as const,
    setRawMode(this: unknown, on: boolean) {
      raw.push(on)
      return input as never
    },
  })
  return { input, raw }
}

it('Escape at a terminal aborts, and no other key does; after that the terminal is as it was', async () => {
  const { input, raw } = terminal()
  const { signal, forget } = onEscape(input as never, { isTTY: true })
  input.write('x')
  input.write('\x1b[A')
  await vi.waitFor(() => expect(input.readableLength).toBe(0))
  expect(signal.aborted).toBe(false)
  input.write('\x1b')
  await vi.waitFor(() => expect(signal.aborted).toBe(true))
  forget()
  expect(raw).toEqual([true, false])
})

it('where there is no terminal nothing is read', () => {
  const { input, raw } = terminal()
  expect(onEscape(input as never, { isTTY: false }).signal.aborted).toBe(false)
  expect(raw).toEqual([])
})
