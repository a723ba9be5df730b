import { expect, it } from 'vitest'
import {
  isPythonNeeded,
  isSparkNeeded,
  javaMajor,
  parseJavaVersion,
  runsSpark,
} from '../../../electron/hosts/spark/versions.ts'

it('a Java is known by what it says, of every age', () => {
  const said = 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)'
  expect(parseJavaVersion(said)).toBe('17.0.15')
  expect(parseJavaVersion('Picked up JAVA_TOOL_OPTIONS: -Xint\njava version "1.8.0_402"')).toBe('1.8.0_402')
  expect(parseJavaVersion('No Java runtime present, requesting install.')).toBeUndefined()
  expect(['17.0.15', '1.8.0_402', '21', '25-ea'].map(javaMajor)).toEqual([17, 8, 21, 25])
})

it('Spark 4.0 runs on Java 17 to 21', () => {
  expect(['1.8.0_402', '11.0.2', '17.0.15', '21.0.8', '24.0.1', '25-ea'].map(runsSpark)).toEqual([
    false,
    false,
    true,
    true,
    false,
    false,
  ])
})

it('the job runs on Python 3.11 to 3.13 and on Spark 4.0', () => {
  expect(['2.7.18', '3.9.2', '3.11.7', '3.13.1', '3.14.0'].map(isPythonNeeded)).toEqual([
    false,
    false,
    true,
    true,
    false,
  ])
  expect(['3.5.6', '4.0.2', '4.1.0', '4.0.2.dev1'].map(isSparkNeeded)).toEqual([false, true, false, false])
})
