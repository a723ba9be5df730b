import { describe, expect, it } from 'vitest'
import { refusalText, refusedSwitch } from '../../../electron/hosts/desktop/command-line.ts'

const linux = { platform: 'linux', isRoot: false } as const

describe('the command line of the packaged program', () => {
  it.each([
    '--remote-debugging-port=0',
    '--remote-debugging-pipe',
    '-remote-debugging-port=9222',
    '--inspect',
    '--inspect-brk=0',
    '--js-flags=--expose-gc',
    '--load-extension=x',
    '--proxy-server=127.0.0.1:1',
    '--host-resolver-rules=MAP * 127.0.0.1',
    '--disable-web-security',
    '--user-data-dir=x',
    '--renderer-cmd-prefix=x',
    '--a-switch-of-the-next-release',
    '--no-sandbox',
  ])('does not take %s', flag => {
    expect(refusedSwitch(['--data=x', flag], linux)).toBe(flag)
    expect(refusalText(flag)).toContain(`does not start with ${flag.split('=')[0]}:`)
  })

  it('takes a data folder, what a screen needs, and file names', () => {
    const args = [
      '--data=/tmp/x',
      '--ozone-platform=wayland',
      '--force-device-scale-factor=2',
      'file',
      '-',
      '--',
      '--inspect',
    ]
    expect(refusedSwitch(args, linux)).toBeUndefined()
  })

  it('as root goes without the sandbox that root cannot set up; on Windows reads a slash as Chromium does', () => {
    expect(refusedSwitch(['--no-sandbox'], { platform: 'linux', isRoot: true })).toBeUndefined()
    expect(refusedSwitch(['/remote-debugging-port=1'], { platform: 'win32', isRoot: false })).toBe(
      '/remote-debugging-port=1',
    )
    expect(refusedSwitch(['/tmp/file'], linux)).toBeUndefined()
    expect(refusedSwitch(['-psn_0_12345'], { platform: 'darwin', isRoot: false })).toBeUndefined()
  })
})
