import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { artifactsBucket } from '../../electron/core/deployed/versions.ts'
import { bootstrapArguments } from '../../electron/core/wheelhouse/bootstrap-action.ts'
import { putWheelhouse } from '../../electron/core/wheelhouse/put-wheelhouse.ts'
import { type Wheelhouse, wheelhouseFor } from '../../electron/core/wheelhouse/wheelhouse.ts'
import { projectPath } from '../../electron/hosts/project.ts'
import { findFile, packageIndex } from '../../electron/hosts/wheels/package-index.ts'
import { wheelStore } from '../../electron/hosts/wheels/wheel-store.ts'
import { clientEnvironment } from '../../electron/sandbox/place.ts'
import { WHEEL_LOCK, type Wheel } from '../../shared/job/wheel-lock.ts'
import { ACCESS_KEY, all, applied, openCoreHere } from '../fixture/open-core.ts'
import { pythonFolder } from '../fixture/pythons.ts'
import { temporaryFolder } from '../fixture/sluice.ts'

const run = promisify(execFile)
/** Wheels stay here from one run to the next, as what scripts/ensure-*.ts bring. */
const environment = { ...process.env, SLUICE_WHEELS_FOLDER: projectPath('.cache/wheels') }
const store = wheelStore({ env: environment, platform: process.platform })
const PIP = WHEEL_LOCK.wheels.find(({ name }) => name === 'pip')
/** No way to the internet: whatever asks for a proxy or an index gets nobody. */
const OFFLINE = {
  HTTPS_PROXY: 'http://127.0.0.1:9',
  PIP_INDEX_URL: 'https://127.0.0.1:9/simple',
  NO_PROXY: '127.0.0.1',
}

const wheelhouse = (python: string, architecture: 'x86_64' | 'aarch64' = 'x86_64'): Wheelhouse =>
  wheelhouseFor({ python, architecture, prefix: 'pyspark_script/' })

/** Of Amazon Linux 2023, and those below it: 2.34 (scripts/lock-wheels.ts). */
const GLIBC = Array.from({ length: 34 - 17 + 1 }, (_, at) => 34 - at)

/** Why wheels cannot be had; undefined where they are here, or the index answers. */
const noIndex = async (wheels: Wheelhouse['wheels']): Promise<string | undefined> =>
  (await store.cached(wheels)).length === wheels.length ? undefined : indexProblem()

async function indexProblem(): Promise<string | undefined> {
  if (!PIP) return 'The list has no pip'
  try {
    await findFile(packageIndex(process.env), PIP, AbortSignal.timeout(20_000))
    return undefined
  } catch (error) {
    return `needs the package index, which cannot be reached (${String(error)})`
  }
}

it('the list of wheels was resolved from the packages that the job names, in their versions', () => {
  const text = readFileSync(projectPath('spark/requirements.txt'), 'utf8')
  expect(WHEEL_LOCK.requirementsSha256).toBe(createHash('sha256').update(text).digest('hex'))
  const named = text.split('\n').filter(line => line !== '' && !line.startsWith('pyspark=='))
  for (const python of ['3.11', '3.12', '3.13'])
    for (const architecture of ['x86_64', 'aarch64'] as const) {
      const wheels = wheelhouse(python, architecture).wheels.map(({ name, version }) => `${name}==${version}`)
      expect(wheels).toEqual(expect.arrayContaining(named))
    }
  // The job knows the id of what its environment must be of.
  const known = readFileSync(projectPath('spark/sluice_spark/packages.py'), 'utf8')
  for (const { suits } of WHEEL_LOCK.wheels)
    for (const suit of suits) {
      const [python = '', architecture = ''] = suit.split(' ')
      expect(known).toContain(`"${suit}": "${wheelhouse(python, architecture as 'x86_64' | 'aarch64').id}",`)
    }
})

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'the wheelhouse, installed from S3 by its bootstrap action (needs Linux on x86-64)',
  () => {
    let sandbox: Awaited<ReturnType<typeof openCoreHere>>
    let temporary: Awaited<ReturnType<typeof temporaryFolder>>
    beforeAll(async () => {
      sandbox = await openCoreHere()
      temporary = await temporaryFolder()
      await all(applied(sandbox.core))
      await mkdir(join(temporary.path, 'bin'))
      await symlink(projectPath('.cache/foreign-clients/bin/aws'), join(temporary.path, 'bin/aws'))
    })
    afterAll(async () => {
      await sandbox.close()
      await temporary.remove()
    })

    /** Runs the script as EMR does on a machine. */
    async function bootstrap(of: Wheelhouse, python: string) {
      const script = join(temporary.path, 'install.sh')
      await writeFile(script, of.script.text)
      const args = [...bootstrapArguments(sandbox.context, of), join(temporary.path, 'opt')]
      const env = {
        ...clientEnvironment(sandbox.target.endpoint ?? '', ACCESS_KEY),
        ...OFFLINE,
        HOME: temporary.path,
        PATH: [join(temporary.path, 'bin'), python, '/usr/bin', '/bin'].join(':'),
      }
      return run('bash', [script, ...args], { env })
    }
    const signal = new AbortController().signal

    it.for(['3.11', '3.12'])(
      'runs the job in an empty environment of Python %s, with no way to the internet, and once',
      { timeout: 600_000 },
      async (version, { skip }) => {
        const of = wheelhouse(version)
        const python = pythonFolder(version) ?? skip(`needs Python ${version}`)
        const why = await noIndex(of.wheels)
        if (why !== undefined) skip(why)
        const context = { ...sandbox.context, wheels: store }
        let steps = 0
        for await (const { fraction } of putWheelhouse(context, of, signal)) steps += Number(fraction <= 1)
        // What several Pythons have in common is uploaded once.
        expect(steps).toBeGreaterThan(0)
        for await (const step of putWheelhouse(context, of, signal)) expect.unreachable(`again: ${step.doing}`)

        expect((await bootstrap(of, python)).stdout).toContain(`installed the packages ${of.id}`)
        expect((await bootstrap(of, python)).stdout).toContain(`${of.id} are installed already`)

        const own = join(temporary.path, 'opt', of.id, 'bin/python')
        const lib = projectPath('.cache/spark/lib/python3.11/site-packages/pyspark/python/lib')
        const archives = (await readdir(lib)).filter(name => name.endsWith('.zip')).map(name => join(lib, name))
        // As EMR gives it to a driver: Spark's own archives and the job's package on the path, nothing else.
        const env = { PYTHONPATH: [...archives, projectPath('spark')].join(':'), PATH: '/usr/bin:/bin' }
        const asks = (...args: string[]) => run(own, args, { env })
        expect((await asks(projectPath('spark/main.py'), '--help')).stdout).toContain('--max-records-per-batch')
        await writeFile(join(temporary.path, 'opt', of.id, 'sluice-wheelhouse'), 'another\n')
        const refused = await asks(projectPath('spark/main.py'), '--help').catch((error: unknown) => error)
        expect(refused).toMatchObject({
          code: 3,
          stderr: expect.stringContaining(`installed the packages another, and this job needs ${of.id}`),
        })
      },
    )

    it('ends with a sentence where a wheel is another one than was deployed, or Python is not there', async ({
      skip,
    }) => {
      const python = pythonFolder('3.11') ?? skip('needs Python 3.11')
      const real = wheelhouse('3.11')
      const [wheel] = real.wheels
      if (!wheel) throw new Error('There is no wheel')
      const { file } = wheel
      const key = `altered/${file}`
      const line = `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256} # ${key} ${file}\n`
      const of = { ...real, id: 'altered', list: { key: 'altered/requirements.txt', text: line } }
      const put = (Key: string, Body: string) =>
        sandbox.aws.s3.send(new PutObjectCommand({ Bucket: artifactsBucket(sandbox.context), Key, Body }))
      await put(of.list.key, of.list.text)
      await expect(bootstrap(of, python)).rejects.toMatchObject({ stderr: expect.stringContaining('cannot be read') })
      await put(`altered/${wheel.file}`, 'something else')
      await expect(bootstrap(of, python)).rejects.toMatchObject({
        stderr: expect.stringContaining('is not the wheel that was deployed'),
      })
      await expect(bootstrap({ ...of, python: '3.99' }, python)).rejects.toMatchObject({
        stderr: expect.stringContaining('this machine has no python3.99'),
      })
    })

    it('is resolved by pip for Graviton as it is for x86-64: every hash is that of a wheel for it', async ({
      skip,
    }) => {
      const pythons = ['3.11', '3.12']
      const { wheels } = wheelhouse('3.11')
      const pip = wheels.filter(({ name }) => name === 'pip')
      const why = (await noIndex(pip)) ?? (await indexProblem())
      if (why !== undefined) skip(why)
      for (const python of pythons) {
        const of = wheelhouse(python, 'aarch64')
        const list = join(temporary.path, `aarch64-${python}.txt`)
        await writeFile(list, of.list.text)
        const platforms = GLIBC.map(glibc => `manylinux_2_${glibc}_aarch64`)
        const { stdout } = await run(
          projectPath('.cache/foreign-clients/bin/python'),
          [
            ...[await pathOf(pip[0]), 'install', '--quiet', '--dry-run', '--ignore-installed', '--report', '-'],
            ...['--target', join(temporary.path, 'none'), '--only-binary', ':all:', '--require-hashes'],
            ...['--implementation', 'cp', '--python-version', python, '--requirement', list],
            ...platforms.flatMap(platform => ['--platform', platform]),
          ],
          { maxBuffer: 2 ** 26 },
        )
        const { install } = JSON.parse(stdout) as { install: { metadata: { name: string; version: string } }[] }
        expect(install.map(({ metadata }) => `${metadata.name}==${metadata.version}`).sort()).toEqual(
          of.wheels.map(({ name, version }) => `${name}==${version}`).sort(),
        )
      }
    }, 600_000)

    /** The path of pip itself, as a program. */
    async function pathOf(pip: Wheel | undefined): Promise<string> {
      if (!pip) throw new Error('The list has no pip')
      const fetching = store.fetch(pip, signal)
      let step = await fetching.next()
      while (!step.done) step = await fetching.next()
      return join(step.value, 'pip')
    }
  },
)
