import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, truncate } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exists } from '../../../electron/hosts/lock/process-mark.ts'
import { lastSandbox } from '../../../electron/hosts/sandbox/running.ts'
import { runSluice, type Started, startSluice, temporaryFolder } from '../../fixture/sluice.ts'

const STACK = /^\s+at .+:\d+:\d+\)?$/m

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let running: Started[]
beforeEach(async () => {
  folder = await temporaryFolder()
  running = []
})
afterEach(async () => {
  for (const { child, finished } of running) {
    child.kill('SIGTERM')
    await finished
  }
  await folder.remove()
})

function start(...args: string[]): Started {
  const started = startSluice([...args, '--data', folder.path])
  running.push(started)
  return started
}
const run = (...args: string[]) => runSluice([...args, '--data', folder.path])
const pid = async () => (await lastSandbox(folder.path))?.pid ?? 0

describe('sluice stop', () => {
  it('ends the sandbox of a terminal, and the command there ends with it', async () => {
    const foreground = start('sandbox')
    await foreground.prints('AWS_ENDPOINT_URL')
    const sandbox = await pid()
    const stop = await run('stop')
    expect(stop).toMatchObject({ exitCode: 0, stdout: 'The sandbox is stopped; its state is kept.\n' })
    expect(await foreground.finished).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('The sandbox was stopped from outside'),
    })
    expect(exists(sandbox)).toBe(false)
    expect((await run('stop')).stdout).toBe(`No sandbox runs on ${folder.path}.\n`)
  })

  it('kills a sandbox that does not respond, of which other commands say that and what to do', async () => {
    const foreground = start('sandbox')
    await foreground.prints('AWS_ENDPOINT_URL')
    const sandbox = await pid()
    process.kill(sandbox, 'SIGSTOP')
    const lag = await run('lag')
    expect(lag.exitCode).toBe(1)
    expect(lag.stderr).toContain(`The sandbox (process ${sandbox}) is not responding`)
    expect(lag.stderr).toContain(`sluice stop --data ${folder.path}`)
    const stop = await run('stop')
    expect(stop).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('its process was killed') })
    expect(await foreground.finished).toMatchObject({ exitCode: 0 })
    expect(exists(sandbox)).toBe(false)
  })
})

describe('a start that is refused', () => {
  it(
    'on a bucket whose index was cut: no byte of the folder is changed, and the advice is whole and names the ' +
      'folder',
    async () => {
      const first = start('sandbox', '--any-key')
      const said = await first.prints('AWS_ENDPOINT_URL')
      const endpoint = /AWS_ENDPOINT_URL=(\S+)/.exec(said)?.[1] ?? ''
      const s3 = new S3Client({
        endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 'A', secretAccessKey: 'B' },
      })
      await s3.send(new CreateBucketCommand({ Bucket: 'cut-bucket' }))
      for (const Key of ['a', 'b', 'c']) await s3.send(new PutObjectCommand({ Bucket: 'cut-bucket', Key, Body: Key }))
      s3.destroy()
      await run('stop')
      await first.finished
      const index = join(
        folder.path,
        'sandbox',
        readdirSync(join(folder.path, 'sandbox'), { recursive: true, encoding: 'utf8' }).find(name =>
          name.endsWith('cut-bucket/index.jsonl'),
        ) ?? '',
      )
      await truncate(index, statSync(index).size - 10)
      const before = readFileSync(index)
      const refused = await run('sandbox')
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toContain(`run sluice repair --data ${folder.path}, which`)
      expect(refused.stderr).toContain(`sluice sandbox --reset --data ${folder.path}.`)
      expect(refused.stderr).not.toMatch(STACK)
      expect(readFileSync(index)).toEqual(before)
      const repair = await run('repair')
      expect(repair.stdout).toContain('ended within a line')
      expect((await run('repair')).stdout).toBe('Nothing is damaged.\n')
    },
  )

  it('of a console on a port that is taken or that browsers block: one sentence, and nothing runs on', async () => {
    const other = createServer()
    await new Promise<void>(resolve => void other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const taken = await run('web', '--port', String(port))
    other.close()
    expect(taken.exitCode).toBe(1)
    expect(taken.stderr).toContain(`Port ${port} of 127.0.0.1 is taken by another program`)
    expect(taken.stderr).not.toMatch(STACK)
    expect((await run('stop')).stdout).toContain('No sandbox runs')
    const blocked = await run('web', '--port', '6000')
    expect(blocked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Browsers do not open port 6000') })
  })

  it.each([
    ['web', '/proc/nope'],
    ['demo', '/proc/nope'],
    ['sandbox', '/proc/nope'],
    ['stop', '/etc/hostname'],
    ['web', '/etc/hostname'],
  ])('of %s on %s: one sentence, at once', async (command, data) => {
    const end = await runSluice([command, '--data', data])
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toContain(
      data === '/proc/nope' ? '/proc takes no new folder' : '/etc/hostname is a file, not a folder.',
    )
    expect(end.stderr).not.toMatch(STACK)
  })

  it('of a repair where there is no state: it says so and makes nothing', async () => {
    const missing = join(folder.path, 'missing')
    const none = await runSluice(['repair', '--data', missing])
    expect(none).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${missing} is no data folder`) })
    expect(readdirSync(folder.path)).toEqual([])
    await mkdir(missing)
    expect((await runSluice(['repair', '--data', missing])).exitCode).toBe(1)
    expect(readdirSync(missing)).toEqual([])
  })
})

describe('a console without a terminal', () => {
  it(
    'says which process prints another address; one beside it says which of its options do not apply, and a repair ' +
      'who is there',
    async () => {
      const first = startSluice(['web', '--any-key', '--data', folder.path])
      running.push(first)
      const said = await first.prints('Without a terminal')
      expect(said).toContain(`kill -USR2 ${first.child.pid}`)
      expect(said).not.toContain('Enter')
      const second = start('web')
      await second.says('does not apply')
      expect(second.stderr()).toContain('no --any-key, --check-signatures does not apply')
      const repair = await run('repair')
      expect(repair.exitCode).toBe(1)
      expect(repair.stderr).toContain(`A console (sluice web, process ${first.child.pid})`)
    },
  )
})
