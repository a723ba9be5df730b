import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { projectPath } from '../../../electron/hosts/project.ts'
import { askedVersion } from '../../../electron/hosts/spark/asked-version.ts'
import { environmentFolder, environmentFolders } from '../../../electron/hosts/spark/spark-folder.ts'
import {
  isPythonNeeded,
  isSparkNeeded,
  javaMajor,
  parseJavaVersion,
  runsSpark,
} from '../../../electron/hosts/spark/versions.ts'
import { SPARK_VERSIONS, sparkRelease } from '../../../shared/job/spark-versions.ts'

it('a Java is known by what it says, of every age', () => {
  const said = 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)'
  expect(parseJavaVersion(said)).toBe('17.0.15')
  expect(parseJavaVersion('Picked up JAVA_TOOL_OPTIONS: -Xint\njava version "1.8.0_402"')).toBe('1.8.0_402')
  expect(parseJavaVersion('No Java runtime present, requesting install.')).toBeUndefined()
  expect(['17.0.15', '1.8.0_402', '21', '25-ea'].map(javaMajor)).toEqual([17, 8, 21, 25])
})

it('Spark 4.0 and 4.1 run on Java 17 to 21, 4.2 and 4.3 on Java 25, too', () => {
  const javas = ['1.8.0_402', '11.0.2', '17.0.15', '21.0.8', '25.0.1', '26-ea']
  const on = (spark: string) => javas.filter(java => runsSpark(java, spark))
  expect(on('4.0.2')).toEqual(['17.0.15', '21.0.8'])
  expect(on('4.1.4')).toEqual(['17.0.15', '21.0.8'])
  expect(on('4.2.1')).toEqual(['17.0.15', '21.0.8', '25.0.1'])
  expect(on('4.3.0')).toEqual(['17.0.15', '21.0.8', '25.0.1'])
  expect(on('5.0.0')).toEqual([])
})

it('the job runs on Python 3.11 to 3.13', () => {
  expect(['2.7.18', '3.9.2', '3.11.7', '3.13.1', '3.14.0'].filter(isPythonNeeded)).toEqual(['3.11.7', '3.13.1'])
})

it('the job runs on Spark 4.0 to 4.3, and on the one that was asked for alone', () => {
  const known = ['3.5.6', '4.0.1', '4.0.2', '4.1.0', '4.3.0', '4.3.0.dev1', '4.4.0', '5.0.0']
  expect(known.filter(version => isSparkNeeded(version, undefined))).toEqual(['4.0.1', '4.0.2', '4.1.0', '4.3.0'])
  expect(known.filter(version => isSparkNeeded(version, '4.0.2'))).toEqual(['4.0.2'])
})

it('the job itself refuses what the console does not take for it, and no other', () => {
  const source = readFileSync(projectPath('spark/sluice_spark/environment.py'), 'utf8')
  const pair = (name: string) => new RegExp(`^${name} = \\((\\d+), (\\d+)\\)$`, 'm').exec(source)?.slice(1, 3).join('.')
  expect([pair('OLDEST_SPARK'), pair('NEWEST_SPARK')]).toEqual(
    [SPARK_VERSIONS[0], SPARK_VERSIONS.at(-1) ?? ''].map(sparkRelease),
  )
  const javas = /^_NEWEST_JAVA = (.*)$/m.exec(source)?.[1] ?? ''
  for (const version of SPARK_VERSIONS) {
    const newest = Number(
      new RegExp(`\\(${version.replace(/\.\d+$/, '').replace('.', ', ')}\\): (\\d+)`).exec(javas)?.[1],
    )
    expect([runsSpark(`${newest}.0.1`, version), runsSpark(`${newest + 1}.0.1`, version)]).toEqual([true, false])
  }
})

it('a version that the job is not run on is refused with the list of those that it is', () => {
  expect(askedVersion({})).toBeUndefined()
  expect(askedVersion({ SLUICE_SPARK_VERSION: '4.3.0' })).toBe('4.3.0')
  expect(() => askedVersion({ SLUICE_SPARK_VERSION: '3.5.6' })).toThrow(/SLUICE_SPARK_VERSION is 3\.5\.6/)
})

it('versions are set up side by side, the default one where it always was', () => {
  expect(environmentFolder('/cache/spark', '4.0.2')).toBe('/cache/spark')
  expect(environmentFolder('/cache/spark', '4.3.0')).toBe('/cache/spark-4.3.0')
  expect(new Set(environmentFolders('/cache/spark')).size).toBe(SPARK_VERSIONS.length)
})
