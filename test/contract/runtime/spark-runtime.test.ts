import { access, chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRuntimeService } from '../../../electron/core/runtime/runtime.ts'
import { findSpark } from '../../../electron/hosts/spark/find-spark.ts'
import { installSpark } from '../../../electron/hosts/spark/install-spark.ts'
import { sparkHost } from '../../../electron/hosts/spark/spark-host.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { SPARK_PLACE } from '../../fixture/spark.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

/** A program that answers with a text, as the real one would. */
async function program(path: string, answer: string, out: 1 | 2): Promise<string> {
  const file = join(folder.path, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\n/bin/cat >&${out} <<'END'\n${answer}\nEND\n`)
  await chmod(file, 0o755)
  return file
}
const java = (path: string, version: string) => program(path, `openjdk version "${version}" 2025-04-15`, 2)
const python = (path: string, has: { version?: string; spark?: string; lacks?: string[]; java?: string }) =>
  program(
    path,
    JSON.stringify({
      path: join(folder.path, path),
      version: has.version ?? '3.12.1',
      spark: has.spark ?? null,
      sparkHome: has.spark ? '/somewhere/pyspark' : null,
      lacks: has.lacks ?? [],
      java: has.java ?? null,
    }),
    1,
  )
/** A machine that has only what the test puts there. */
const machine = (more: Record<string, string> = {}) => ({
  env: { PATH: `${join(folder.path, 'bin')}:/usr/bin:/bin`, SLUICE_SPARK_FOLDER: join(folder.path, 'own'), ...more },
  platform: process.platform,
})
const bare = (more: Record<string, string> = {}) => ({
  ...machine(),
  env: { ...machine().env, PATH: join(folder.path, 'bin'), ...more },
})

describe('the Spark of this machine', () => {
  it('that the tests have set up is found whole: its Python imports it, its Java runs it', async () => {
    const { runtime, missing } = await findSpark(SPARK_PLACE)
    expect(missing).toBe('')
    expect(runtime?.spark.version).toBe('4.0.2')
    expect(runtime?.spark.path).toContain('pyspark')
    expect(await sparkHost(SPARK_PLACE).findSpark(new AbortController().signal)).toMatchObject({
      runtime: { python: { version: expect.stringMatching(/^3\.1[123]\./) } },
      own: { sizeBytes: expect.any(Number) },
    })
  })

  it('where there is nothing, says so and what to do', async () => {
    const { runtime, missing } = await findSpark(bare())
    expect(runtime).toBeUndefined()
    expect(missing).toMatch(/^There is no PySpark 4\.0 to 4\.3 on this machine\. Choose "Set up Spark"/)
  })

  it('is the machine’s own before the one that Sluice has set up', async () => {
    await java('bin/java', '17.0.15')
    await python('own/bin/python', { spark: '4.0.2' })
    const place = machine()
    expect((await findSpark(place)).runtime?.python.path).toBe(join(folder.path, 'own/bin/python'))
    await python('bin/python3', { spark: '4.0.1' })
    expect((await findSpark(place)).runtime).toMatchObject({
      spark: { version: '4.0.1' },
      python: { path: join(folder.path, 'bin/python3') },
    })
  })

  it('is the version that was asked for, wherever that is, and no other', async () => {
    await java('bin/java', '17.0.15')
    await python('bin/python3', { spark: '4.0.2' })
    await python('own-4.3.0/bin/python', { spark: '4.3.0' })
    const asked = (version: string) => findSpark(machine({ SLUICE_SPARK_VERSION: version }))
    expect((await asked('4.3.0')).runtime?.python.path).toBe(join(folder.path, 'own-4.3.0/bin/python'))
    expect((await asked('4.0.2')).runtime?.spark.version).toBe('4.0.2')
    expect((await asked('4.2.1')).missing).toMatch(
      /^There is no PySpark 4\.2\.1 on this machine\. .*demo --engine spark --spark 4\.2\.1/,
    )
    await expect(asked('3.5.6')).rejects.toMatchObject({
      error: { code: 'invalid_input', hint: expect.stringContaining('4.0.2, 4.1.4, 4.2.1, 4.3.0') },
    })
  })

  it('where none was asked for, is another one that was set up, too', async () => {
    await java('bin/java', '17.0.15')
    await python('own-4.3.0/bin/python', { spark: '4.3.0' })
    expect((await findSpark(machine())).runtime?.spark.version).toBe('4.3.0')
    await python('own/bin/python', { spark: '4.0.2' })
    expect((await findSpark(machine())).runtime?.spark.version).toBe('4.0.2')
  })

  it(
    'is never another Spark, an older Python, one that lacks a package of the job, or a Java that it does not run ' +
      'on',
    async () => {
      await java('bin/java', '11.0.2')
      await python('bin/python3', { spark: '3.5.6' })
      await python('bin/python3.11', { spark: '4.0.2', version: '3.9.2' })
      await python('bin/python3.13', { spark: '4.0.2', lacks: ['pandas'] })
      expect((await findSpark(machine())).missing).toContain('There is no PySpark 4.0 to 4.3')
      await python('bin/python3.12', { spark: '4.0.2' })
      expect((await findSpark(machine())).missing).toContain('no Java 17 to 21 to run it')
      const wheel = await java('wheel/java', '21.0.8')
      await python('bin/python3.12', { spark: '4.0.2', java: wheel })
      expect((await findSpark(machine())).runtime?.java).toEqual({ path: wheel, version: '21.0.8' })
      const home = await java('jdk/bin/java', '17.0.1')
      expect((await findSpark(machine({ JAVA_HOME: join(folder.path, 'jdk') }))).runtime?.java.path).toBe(home)
    },
  )
})

describe('setting it up', () => {
  const drain = async (events: AsyncIterable<{ step: string; state: string }>) => {
    const steps: string[] = []
    for await (const { step, state } of events) steps.push(`${step} ${state}`)
    return steps
  }

  it('without a Python that it can use says which one, and how to get it', async () => {
    await python('bin/python3', { version: '3.9.2' })
    await expect(drain(installSpark(bare(), [], new AbortController().signal))).rejects.toMatchObject({
      error: {
        code: 'not_found',
        message: expect.stringContaining('There is no Python 3.11 to 3.13'),
        hint: expect.stringContaining('python3-venv'),
      },
    })
  })

  it('cancelled while it works, leaves nothing, and what was there before', async () => {
    await writeFile(join(folder.path, 'before'), '')
    const abort = new AbortController()
    const place = { ...SPARK_PLACE, env: { ...process.env, SLUICE_SPARK_FOLDER: join(folder.path, 'own') } }
    const unfinished = join(folder.path, `own.new-${process.pid}`)
    let isAtWork: Promise<void> | undefined
    const running = async () => {
      for await (const { step, state } of installSpark(place, ['boto3==1.44.5'], abort.signal))
        if (step === 'spark:environment' && state === 'running')
          isAtWork = vi.waitFor(() => access(join(unfinished, 'pyvenv.cfg')), 20_000).finally(() => abort.abort())
    }
    await expect(running()).rejects.toMatchObject({ name: 'AbortError' })
    await isAtWork
    expect(await readdir(folder.path)).toEqual(['before'])
  })

  it('that fails leaves nothing that seems whole, and removes what a killed one left', async () => {
    await mkdir(join(folder.path, 'own.new-4194305/bin'), { recursive: true })
    const place = { ...SPARK_PLACE, env: { ...process.env, SLUICE_SPARK_FOLDER: join(folder.path, 'own') } }
    await expect(
      drain(installSpark(place, ['no-such-package @ file:///no/such/package'], new AbortController().signal)),
    ).rejects.toMatchObject({
      error: { code: 'failed', message: expect.stringContaining('No such file'), retryable: true },
    })
    expect(await readdir(folder.path)).toEqual([])
  })

  it('is done once at a time, from the pinned packages of the job', async () => {
    let release = () => undefined as undefined
    const held = new Promise<void>(resolve => {
      release = () => void resolve()
    })
    const asked: (readonly string[])[] = []
    const service = createRuntimeService({
      host: {
        findSpark: () => Promise.reject(new Error('not asked')),
        async *setUp(packages) {
          asked.push(packages)
          yield { step: 'a', title: 'a', state: 'running' }
          await held
        },
      },
      clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined },
      projectFile: async path =>
        path === 'spark/requirements.txt' ? '# pinned\npyspark==4.0.2\n\nboto3==1.44.5 # as EMR\n' : '',
    })
    const context = { signal: new AbortController().signal }
    const first = service.setUpSpark({}, context)[Symbol.asyncIterator]()
    expect((await first.next()).value).toMatchObject({ step: 'a', at: '1970-01-01T00:00:00.000Z' })
    await expect(drain(service.setUpSpark({}, context) as AsyncIterable<never>)).rejects.toMatchObject({
      error: { code: 'conflict' },
    })
    release()
    expect((await first.next()).done).toBe(true)
    expect(asked).toEqual([['pyspark==4.0.2', 'boto3==1.44.5']])
    await drain(service.setUpSpark({}, context) as AsyncIterable<never>)
  })
})
