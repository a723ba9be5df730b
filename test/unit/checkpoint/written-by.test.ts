import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSparkPlan } from '../../../electron/core/checkpoint/spark/spark-entries.ts'
import { releaseOfSettings, writerVerdict } from '../../../electron/core/checkpoint/spark/written-by.ts'
import { projectPath } from '../../../electron/hosts/project.ts'

/** What a release froze for the sink parquet: entries of real runs; 4.3.0 went on with a checkpoint of 4.0.2. */
function frozen(file: string): Readonly<Record<string, string>> {
  const text = readFileSync(projectPath(`test/fixture/spark-checkpoint/${file}`), 'utf8')
  const { conf } = parseSparkPlan(text).plan
  if (!conf) throw new Error(`${file} has no settings`)
  return conf
}
const OF_4_0 = frozen('offsets.txt')
const OF_4_3 = frozen('offsets-4.3.txt')

describe('which Spark wrote a checkpoint', () => {
  it('is known by the settings that a release began to freeze, not by how many there are', () => {
    expect(releaseOfSettings(OF_4_0)).toBeUndefined()
    expect(releaseOfSettings(OF_4_3)).toBe('4.3')
    expect(releaseOfSettings({ 'spark.sql.function.protobufExtensions.enabled': 'false' })).toBe('4.2')
  })

  it('is known exactly by the progress of its newest batch', () => {
    expect(writerVerdict({ conf: OF_4_3, version: '4.3.0', keyColumns: 1 }).said).toMatch(
      /^Written by Spark 4\.3\.0 \(its progress\)\./,
    )
    expect(writerVerdict({ conf: OF_4_0, version: undefined, keyColumns: 1 }).said).toMatch(
      /^Written by Spark 4\.0 or 4\.1 \(by its settings\)\./,
    )
  })

  it('is not known before a batch is committed', () => {
    expect(writerVerdict({ conf: undefined, version: undefined, keyColumns: 1 })).toMatchObject({ state: 'unknown' })
  })
})

describe('going on with another Spark', () => {
  it('that is newer keeps what is frozen', () => {
    const { state, said } = writerVerdict({ conf: OF_4_0, version: '4.0.2', keyColumns: 2 })
    expect(state).toBe('fine')
    expect(said).toContain('A newer one, up to 4.3, goes on with what is frozen')
    expect(said).not.toContain('An older one')
  })

  it('that is older goes on without the settings that it does not know', () => {
    const { state, said } = writerVerdict({ conf: OF_4_3, version: '4.3.0', keyColumns: 1 })
    expect(state).toBe('fine')
    expect(said).toMatch(/An older one does not know \d settings that are frozen \(since 4\.\d.*4\.3\), and goes on/)
    expect(said).not.toContain('A newer one')
  })

  it('is warned of where the state has a key of several columns in the order that only 4.3 knows', () => {
    const stable = { ...OF_4_3, 'spark.sql.dropDuplicates.deterministicKeyOrder.enabled': 'true' }
    expect(writerVerdict({ conf: stable, version: '4.3.0', keyColumns: 2 })).toMatchObject({
      state: 'warning',
      said: expect.stringContaining('The 2 columns of its key stand in the state in the order of 4.3'),
      next: expect.stringContaining('Go on with Spark 4.3'),
    })
    expect(writerVerdict({ conf: stable, version: '4.3.0', keyColumns: 1 }).state).toBe('fine')
  })

  it('is not warned of where 4.3 went on with what 4.0 had made: it keeps the order', () => {
    expect(OF_4_3['spark.sql.dropDuplicates.deterministicKeyOrder.enabled']).toBe('false')
    expect(writerVerdict({ conf: OF_4_3, version: '4.3.0', keyColumns: 2 }).state).toBe('fine')
  })
})
