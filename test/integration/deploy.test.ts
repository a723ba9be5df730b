import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { projectPath } from '../../electron/hosts/project.ts'
import type { ArtifactsState, FileDiff } from '../../shared/features/artifacts.ts'
import { runSluice, type Started, startSluice, temporaryFolder } from '../fixture/sluice.ts'

const run = promisify(execFile)
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let sandbox: Started
beforeAll(async () => {
  folder = await temporaryFolder()
  sandbox = startSluice(['sandbox', '--data', folder.path])
  await sandbox.prints('AWS_DEFAULT_REGION')
  expect((await runSluice(['apply', '--yes', '--json', '--data', folder.path])).exitCode).toBe(0)
})
afterAll(async () => {
  sandbox.child.kill('SIGINT')
  await sandbox.finished
  await folder.remove()
})

const deploy = (...args: string[]) => runSluice(['deploy', '--data', folder.path, ...args])
const list = async () => (await deploy('--list', '--json')).json as ArtifactsState

/** The syntax of version 0.2 (CodeBuild User Guide, "Build specification reference"), as far as it is used. */
const Phase = z.strictObject({
  'run-as': z.string().optional(),
  'on-failure': z.enum(['ABORT', 'CONTINUE']).optional(),
  'runtime-versions': z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  commands: z.array(z.string()).min(1),
  finally: z.array(z.string()).optional(),
})
const BuildSpec = z.strictObject({
  version: z.literal(0.2),
  env: z.strictObject({
    shell: z.enum(['bash', '/bin/sh', 'powershell.exe', 'cmd.exe']),
    variables: z.record(z.string(), z.string()),
  }),
  phases: z.strictObject({
    install: Phase,
    pre_build: Phase.omit({ 'runtime-versions': true }).optional(),
    build: Phase.omit({ 'runtime-versions': true }),
    post_build: Phase.omit({ 'runtime-versions': true }).optional(),
  }),
  cache: z.strictObject({ paths: z.array(z.string()) }).optional(),
})
const buildSpec = async () => BuildSpec.parse(parse(await readFile(projectPath('buildspec.yml'), 'utf8')))

describe('sluice deploy', () => {
  it('killed in the middle of it leaves nothing current, and done again completes it', async () => {
    const killed = startSluice(['deploy', '--data', folder.path])
    await killed.prints('dimCustomers.csv')
    killed.child.kill('SIGKILL')
    await killed.finished
    // It may have come to its end before it was killed; then all of it is there.
    const { current, versions } = await list()
    expect(versions.map(({ id }) => id)).toEqual(current === null ? [] : [current])
    expect((await deploy()).exitCode).toBe(0)
    expect((await list()).current).not.toBeNull()
  })

  it('is what buildspec.yml calls: its commands, in one shell, show the diff and deploy', async () => {
    const { env, phases } = await buildSpec()
    expect(phases.install.commands).toEqual(['npm ci'])
    const script = ['set -euo pipefail', ...phases.build.commands].join('\n')
    const { stdout } = await run(env.shell, ['-c', script], {
      cwd: projectPath('.'),
      env: { ...process.env, ...env.variables, SLUICE_DEPLOY_OPTIONS: `--data ${folder.path}` },
    })
    const { current } = await list()
    expect(stdout).toContain(`Nothing differs from ${current}`)
    const deployed = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object
    expect(deployed).toMatchObject({ state: 'done', uploaded: [], before: current, current })
  })

  it('says with the commit that was deployed, by whom, and what a deploy would change', async () => {
    const { current, versions, bucket } = await list()
    const commit = (await run('git', ['-C', projectPath('.'), 'rev-parse', 'HEAD'])).stdout.trim()
    expect(versions[0]?.commit?.id).toBe(commit)
    const { stdout } = await deploy('--list')
    expect(stdout).toContain(`s3://${bucket}`)
    expect(stdout).toContain(`* ${current}  ${versions[0]?.files.length} files, by arn:aws:`)
    const diff = (await deploy('--diff', '--json')).json as { files: FileDiff[] }
    expect(new Set(diff.files.map(({ state }) => state))).toEqual(new Set(['same']))
  })

  it('has no version before the first one to go back to, and says so', async () => {
    const { exitCode, stderr } = await deploy('--back')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('There is no version before')
    expect((await deploy('--back', 'none')).exitCode).toBe(1)
  })
})
