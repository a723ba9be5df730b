import { describe, expect, it } from 'vitest'
import { parseSubmitArguments, s3Place } from '../../../electron/sandbox/spark/submit-arguments.ts'

describe('the command line of spark-submit', () => {
  it('is its options, its file, and what the application is given', () => {
    expect(
      parseSubmitArguments([
        '--conf',
        'spark.a=b',
        '--verbose',
        '--py-files=s3://b/a.zip,s3://b/c=d.py',
        's3://b/main.py',
        '--conf',
        'mine',
      ]),
    ).toEqual({
      options: [['--conf', 'spark.a=b'], ['--verbose'], ['--py-files', 's3://b/a.zip,s3://b/c=d.py']],
      file: 's3://b/main.py',
      rest: ['--conf', 'mine'],
    })
  })

  it('loses what only a cluster of machines can do, in both ways of writing it', () => {
    const { options } = parseSubmitArguments([
      '--master',
      'yarn',
      '--deploy-mode=cluster',
      '--driver-memory',
      '4g',
      'main.py',
    ])
    expect(options).toEqual([])
  })

  it('may ask for a cluster of this machine, as its last master', () => {
    const master = (...args: string[]) => parseSubmitArguments([...args, 'main.py'])
    expect(master('--master', 'local-cluster[2,1,1024]')).toMatchObject({
      options: [],
      localCluster: 'local-cluster[2,1,1024]',
    })
    expect(master('--master=local-cluster[2,1,1024]', '--master', 'yarn')).not.toHaveProperty('localCluster')
    expect(master('--master', 'local[4]')).not.toHaveProperty('localCluster')
  })

  it.each([
    [[], 'there is no application'],
    [['--conf'], 'the option --conf has no value'],
    [['app.jar'], 'runs Python applications only, not app.jar'],
    [['--class', 'Main', 'app.jar'], 'runs Python applications only'],
  ])('%j is refused', (args, message) => {
    expect(() => parseSubmitArguments(args)).toThrow(message)
  })
})

it('a place in S3 is known by each of its three schemes', () => {
  for (const scheme of ['s3', 's3n', 's3a'])
    expect(s3Place(`${scheme}://b/a/b c.py`)).toEqual({ bucket: 'b', key: 'a/b c.py' })
  for (const other of ['/local/main.py', 'hdfs://b/main.py', 's3://b', 's3://b/'])
    expect(s3Place(other)).toBeUndefined()
})
