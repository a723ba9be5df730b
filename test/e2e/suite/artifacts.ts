import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { readAccessKey } from '../../../electron/hosts/sandbox/access-key.ts'
import { lastSandbox } from '../../../electron/hosts/sandbox/running.ts'
import type { DeployedVersion } from '../../../shared/features/artifacts.ts'
import type { OpenedConsole } from './opened-console.ts'

const DEPLOYMENTS = 'deployments/food-delivery/'
const BUCKET = 'food-delivery-artifacts-000000000000-us-east-1'

/** What is deployed, how it differs, and the way to another version and back. */
export function artifactsSuite(on: OpenedConsole): void {
  it('the artifacts that apply deployed are the current version, and nothing differs from it', async () => {
    await on.goTo('Artifacts')
    await on.page.getByText(/^Nothing differs: all \d+ files are the same/).waitFor({ timeout: 60_000 })
    const rows = on.page.getByRole('table', { name: 'Versions' }).getByRole('row')
    expect(await rows.filter({ hasText: 'current' }).count()).toBe(1)
    expect(await on.numberOf('Files that differ')).toBe(0)
    expect(await on.page.getByRole('button', { name: 'Back to the version before…' }).isDisabled()).toBe(true)
    await on.page.getByText('Not needed here: what runs the job on this target has its packages.').waitFor()
  })

  it('what somebody else has deployed is shown line by line, and a deploy puts it right', async () => {
    await deployElsewhere(on)
    await on.page.getByRole('button', { name: 'Compare again' }).click()
    const lines = on.page.getByRole('region', { name: 'Differences of pyspark_script/main.py' })
    await lines.getByText('-# of somebody else').waitFor()
    await on.page.getByRole('button', { name: 'Deploy 1 file' }).click()
    await on.page.getByRole('heading', { name: 'Deploy the artifacts: done' }).waitFor({ timeout: 60_000 })
    await on.page.getByText(/^Nothing differs/).waitFor()
    expect(await on.numberOf('Versions')).toBe(3)
  })

  it('the version before is current again after one question, and each version says what it changed', async () => {
    await on.page.getByRole('button', { name: 'Back to the version before…' }).click()
    const dialog = on.page.getByRole('dialog')
    await dialog.getByText('Nothing is uploaded').waitFor()
    await dialog.getByRole('button', { name: 'Make it current' }).click()
    await on.page.getByRole('heading', { name: /^Go back to .*: done$/ }).waitFor({ timeout: 60_000 })
    await on.page.getByRole('button', { name: 'Deploy 1 file' }).waitFor()
    const versions = on.page.getByRole('table', { name: 'Versions' }).getByRole('row')
    expect(await versions.nth(2).innerText()).toContain('current')
    await versions
      .nth(1)
      .getByRole('button', { name: /^Show what/ })
      .click()
    await on.page.getByRole('heading', { name: /^What .* changed$/ }).waitFor()
    await on.page.getByRole('button', { name: 'Show what a deploy would change' }).click()
    await on.page.getByRole('button', { name: 'Deploy 1 file' }).click()
    await on.page.getByText(/^Nothing differs/).waitFor({ timeout: 60_000 })
  })
}

/** A version as another console would deploy it, with another script. */
async function deployElsewhere(on: OpenedConsole): Promise<void> {
  const { data } = on.opened
  const endpoint = (await lastSandbox(data))?.endpoint ?? ''
  const s3 = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: () => readAccessKey(data),
  })
  const read = async (key: string) =>
    (await (await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))).Body?.transformToString()) ?? ''
  const write = (key: string, text: string) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: text, Metadata: { 'sluice-sha256': 'elsewhere' } }))
  const pointer = JSON.parse(await read(`${DEPLOYMENTS}current.json`)) as { version: string; at: string }
  const current = JSON.parse(await read(`${DEPLOYMENTS}versions/${pointer.version}.json`)) as DeployedVersion
  const script = current.files.find(({ name }) => name === 'pyspark_script/main.py')
  const key = 'pyspark_script/elsewhere/main.py'
  const text = `${await read(script?.key ?? '')}# of somebody else\n`
  await write(key, text)
  const id = `${current.id}-elsewhere`
  const files = current.files.map(file =>
    file.key === script?.key ? { ...file, key, sha256: 'elsewhere', sizeBytes: text.length } : file,
  )
  await write(`${DEPLOYMENTS}versions/${id}.json`, JSON.stringify({ ...current, id, before: current.id, files }))
  await write(`${DEPLOYMENTS}current.json`, JSON.stringify({ ...pointer, version: id }))
  s3.destroy()
}
