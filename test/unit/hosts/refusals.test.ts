import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { portRefusal, refuseBlockedPort } from '../../../electron/hosts/port-refusal.ts'
import { REFUSED_TO_START } from '../../../electron/hosts/sandbox/exit-codes.ts'
import { doesNotApply } from '../../../electron/hosts/sandbox/other-options.ts'
import { answers } from '../../../electron/hosts/sandbox/running.ts'
import { exitCodeOf, whyNotStarted } from '../../../electron/hosts/sandbox/why-not-started.ts'
import { newAddressHelp } from '../../../electron/hosts/web/new-address.ts'
import { serveWeb } from '../../../electron/hosts/web/serve-web.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { DamagedState } from '../../../shared/state/damage.ts'

const system = (code: string, more: object) => Object.assign(new Error(code), { code, ...more })

/** Listens on loopback while a test uses the port. */
async function withServer(port: number, act: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => response.end('here'))
  await new Promise<void>(resolve => void server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  try {
    await act(typeof address === 'object' && address ? address.port : 0)
  } finally {
    await new Promise(resolve => server.close(resolve))
  }
}

describe('a port that cannot be had', () => {
  it('because another program has it: the console says so in a sentence, with what to do', () =>
    withServer(0, async port => {
      const options = { folder: '', port, howToGetIn: '', onLink: () => undefined, log: () => undefined }
      await expect(serveWeb(options)).rejects.toSatisfy(
        error =>
          error instanceof ExpectedError &&
          error.message.includes(`Port ${port} of 127.0.0.1 is taken by another program`) &&
          error.message.includes('--port'),
      )
    }))

  it('because the system keeps it: it says that 1024 or higher can be had', () => {
    const refusal = portRefusal(system('EACCES', { syscall: 'listen', port: 80 }))
    expect(refusal?.message).toMatch(/^Port 80 of 127\.0\.0\.1 may not be opened by this user .*1024 or higher\.$/)
    expect(portRefusal(system('EACCES', { syscall: 'open', path: '/x' }))).toBeUndefined()
  })

  it('because browsers block it: it is refused for a page, and a free one is not', () => {
    for (const port of [1, 22, 6000, 6667, 10_080])
      expect(() => refuseBlockedPort(port), String(port)).toThrow(/--port/)
    for (const port of [0, 80, 6001, 8080]) expect(() => refuseBlockedPort(port), String(port)).not.toThrow()
  })

  it('is asked whether a sandbox answers there, also where fetch would refuse the port', async () => {
    await withServer(6_697, async port => expect(await answers(`http://127.0.0.1:${port}`)).toBe(true))
    expect(await answers('http://127.0.0.1:6697')).toBe(false)
  })
})

describe('a sandbox that does not start', () => {
  const damaged = new DamagedState({ file: '/srv/my data/sandbox/x', what: 'it is empty', lost: 'words' })

  it('names the folder in what is to be run, and no placeholder', () => {
    expect(whyNotStarted(damaged, '/srv/my data')).toContain("run sluice repair --data '/srv/my data', which")
    expect(damaged.error.hint).not.toContain('DIR')
  })

  it('says by its exit code whether another start can help', () => {
    const refused = [
      damaged,
      system('EACCES', { path: '/x', syscall: 'open' }),
      system('EROFS', { path: '/x', syscall: 'open' }),
      system('EACCES', { syscall: 'listen', port: 80 }),
    ]
    expect(refused.map(exitCodeOf)).toEqual(refused.map(() => REFUSED_TO_START))
    const passing = [system('EADDRINUSE', { syscall: 'listen', port: 80 }), system('ENOSPC', {}), new Error('unknown')]
    expect(passing.map(exitCodeOf)).toEqual(passing.map(() => 1))
  })
})

describe('what a program says of itself', () => {
  it('how to get a new address: the key only where there is a terminal, and the process by its number', () => {
    const here = { pid: 4_711, platform: 'linux' } as const
    expect(newAddressHelp(true, here)).toMatch(/press Enter .*process 4711.* kill -USR2 4711/)
    expect(newAddressHelp(false, here)).toMatch(/run: kill -USR2 4711/)
    expect(newAddressHelp(false, here)).not.toContain('Enter')
    expect(newAddressHelp(true, { pid: 4_711, platform: 'win32' })).not.toContain('kill')
  })

  it('which options a sandbox that is there already does not have', () => {
    const running = { limits: true, anyKey: false, checkSignatures: false, spark: null }
    expect(doesNotApply(running, running, '/d')).toBeUndefined()
    expect(doesNotApply(running, { ...running, checkSignatures: true }, '/d')).toMatch(
      /with no --check-signatures, and keeps that: --check-signatures does not apply\..*sluice stop --data \/d/,
    )
    expect(doesNotApply({ ...running, spark: '4.0.2' }, { ...running, spark: '4.3.0' }, '/d')).toMatch(
      /with --spark 4\.0\.2, and keeps that: --spark 4\.3\.0 does not apply\./,
    )
    expect(doesNotApply({ ...running, spark: '4.0.2' }, running, '/d')).toBeUndefined()
  })
})
