import { EventEmitter } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeLean } from '../../../electron/hosts/desktop/lean-chromium.ts'

const NETWORK = ['enable-features', 'NetworkServiceInProcess2']
const BY_PROCESSOR = ['hardware acceleration is off', ['disable-software-rasterizer']]

let graphics: string
beforeEach(async () => {
  graphics = await mkdtemp(join(tmpdir(), 'sluice-graphics-'))
})
afterEach(() => rm(graphics, { recursive: true }))

/** The switches that an application is given before it is ready. */
function given(platform: NodeJS.Platform, folder: string, env: NodeJS.ProcessEnv = {}) {
  const does: unknown[] = []
  const app = Object.assign(new EventEmitter(), {
    commandLine: { appendSwitch: (...words: string[]) => does.push(words) },
    disableHardwareAcceleration: () => does.push('hardware acceleration is off'),
  })
  makeLean(app, env, platform, folder)
  return { does, isReady: () => app.emit('ready') }
}

it('with a graphics card that can draw, the page is drawn by it', async () => {
  for (const name of ['card0', 'renderD128']) await writeFile(join(graphics, name), '')
  expect(given('linux', graphics).does).toEqual([NETWORK])
})

it(
  'with a card that only shows pictures, as a server has, the processor draws the page, and does not play a ' +
    'graphics card',
  async () => {
    await writeFile(join(graphics, 'card0'), '')
    expect(given('linux', graphics).does).toEqual([NETWORK, ...BY_PROCESSOR])
  },
)

it('without any card, too', () => {
  expect(given('linux', join(graphics, 'none')).does).toEqual([NETWORK, ...BY_PROCESSOR])
})

it('where graphics cards cannot be searched, that is said', async () => {
  await writeFile(join(graphics, 'file'), '')
  expect(() => given('linux', join(graphics, 'file'))).toThrow('ENOTDIR')
})

it.each(['darwin', 'win32'] as const)('on %s drawing is left as it is', platform => {
  const env: NodeJS.ProcessEnv = {}
  expect(given(platform, join(graphics, 'none'), env).does).toEqual([NETWORK])
  expect(env).toEqual({})
})

it('GTK does without the graphics driver, and programs that are started later do not inherit that', () => {
  const env: NodeJS.ProcessEnv = {}
  const { isReady } = given('linux', graphics, env)
  expect(env).toEqual({ GDK_GL: 'disable' })
  isReady()
  expect(env).toEqual({})
})

it('what the user says of GTK stays', () => {
  const env: NodeJS.ProcessEnv = { GDK_GL: 'always' }
  given('linux', graphics, env).isReady()
  expect(env).toEqual({ GDK_GL: 'always' })
})
