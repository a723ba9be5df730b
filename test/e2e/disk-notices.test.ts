import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import { readAccessKey } from '../../electron/hosts/sandbox/access-key.ts'
import { lastSandbox } from '../../electron/hosts/sandbox/running.ts'
import { cut } from '../fixture/damage-file.ts'
import { temporaryFolder } from '../fixture/sluice.ts'
import { smallDisk } from '../fixture/small-disk.ts'
import { openInBrowser, type WebConsole } from './open-console.ts'

const goTo = (opened: WebConsole, name: string) =>
  opened.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()

/** Has the sandbox write something; it is answered when the disk took it. */
async function writeSomething(data: string): Promise<unknown> {
  const endpoint = (await lastSandbox(data))?.endpoint ?? ''
  const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials: () => readAccessKey(data), maxAttempts: 20 })
  return iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: JSON.stringify(TRUST) }))
}
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'elasticmapreduce.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

const disk = smallDisk(96)
describe.skipIf(!disk)('a full disk (needs permission to mount)', () => {
  it(
    'a full disk is a notice on every page until the disk is writable again, also on a page that is opened ' +
      'meanwhile',
    async () => {
      if (!disk) return
      const opened = await openInBrowser({}, disk.path)
      try {
        const { page } = opened
        await page.getByRole('status').getByText('live').waitFor()
        disk.fill()
        const written = writeSomething(disk.path)
        const notice = page.getByRole('alert').filter({ hasText: /The disk of .* is full \(ENOSPC/ })
        await notice.waitFor({ timeout: 30_000 })
        await goTo(opened, 'Stream')
        await notice.waitFor()
        await page.reload()
        await notice.waitFor()
        disk.free()
        await page
          .getByText(/The disk of .* is writable again/)
          .first()
          .waitFor({ timeout: 30_000 })
        await notice.waitFor({ state: 'detached' })
        await written
      } finally {
        await opened.close()
        disk.remove()
      }
    },
  )
})

describe('a damaged file of state', () => {
  it('a damaged file is a notice on every page until dismissed, with what is lost and where it is kept', async () => {
    const folder = await temporaryFolder()
    try {
      const first = await openInBrowser({}, folder.path)
      await first.page.getByRole('status').getByText('live').waitFor()
      await first.close()
      const file = join(folder.path, 'core', 'history.duckdb')
      expect(existsSync(file)).toBe(true)
      cut(file)
      const opened = await openInBrowser({}, folder.path)
      try {
        const { page } = opened
        const notice = page.getByRole('alert', { name: 'Damaged files' })
        await notice.getByText(/history\.duckdb is damaged/).waitFor({ timeout: 30_000 })
        await notice.getByText(/Lost: the history/).waitFor()
        await goTo(opened, 'Job')
        await page.reload()
        await notice.getByText(/history\.duckdb is damaged/).waitFor({ timeout: 30_000 })
        await notice.getByRole('button', { name: 'Dismiss' }).click()
        await notice.waitFor({ state: 'detached' })
        await page.reload()
        await page.getByRole('status').getByText('live').waitFor()
        await goTo(opened, 'Home')
        // The list of events has it still.
        await page.getByText(/history\.duckdb is damaged/).waitFor()
        expect(await notice.count()).toBe(0)
      } finally {
        await opened.close()
      }
    } finally {
      await folder.remove()
    }
  })
})
