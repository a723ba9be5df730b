import { expect, it } from 'vitest'
import { pipProgress } from '../../../electron/hosts/spark/pip-output.ts'

it('counts the bytes of one file after the other, and says what pip is at', () => {
  const read = pipProgress()
  const after = (...lines: string[]) => lines.map(read).at(-1)
  expect(after('Collecting pyspark==4.0.2', '  Downloading pyspark-4.0.2.tar.gz (434.2 MB)')).toEqual({
    phase: 'collecting',
    at: 'pyspark',
    downloadedBytes: 0,
  })
  expect(after('Progress 0 of 400', 'Progress 150 of 400')?.downloadedBytes).toBe(150)
  expect(after('Progress 400 of 400', 'Collecting boto3==1.44.5', 'Progress 0 of 50')?.downloadedBytes).toBe(400)
  expect(after('Progress 50 of 50')?.downloadedBytes).toBe(450)
  expect(after('  Using cached jmespath-1.0.1-py3-none-any.whl (20 kB)')).toMatchObject({
    at: 'jmespath',
    downloadedBytes: 450,
  })
  expect(
    after('Building wheels for collected packages: pyspark', '  Building wheel for pyspark (pyproject.toml): started'),
  ).toMatchObject({ phase: 'building', at: 'pyspark' })
  expect(after('Installing collected packages: py4j, pyspark')).toMatchObject({
    phase: 'installing',
    downloadedBytes: 450,
  })
})
