import { describe, expect, it } from 'vitest'
import { childEnvironment, withoutNodeSwitches } from '../../../electron/hosts/child-environment.ts'

const EVERYTHING = {
  PATH: '/bin',
  HOME: '/home/me',
  LANG: 'C.UTF-8',
  SystemRoot: 'C:\\Windows',
  JAVA_HOME: '/java',
  SLUICE_SPARK_FOLDER: '/spark',
  DISPLAY: ':0',
  HTTPS_PROXY: 'http://me:secret@proxy:3128',
  PIP_INDEX_URL: 'https://index.example/simple',
  AWS_PROFILE: 'production',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  NODE_OPTIONS: '--inspect',
  NODE_PATH: '/modules',
  LD_PRELOAD: '/lib.so',
  PYTHONPATH: '/python',
  PYTHONSTARTUP: '/start.py',
  JAVA_TOOL_OPTIONS: '-javaagent:x',
  ELECTRON_RUN_AS_NODE: '1',
  SLUICE_RECORD_REQUESTS: '/records',
  GITHUB_TOKEN: 'token',
}
const ANY = { PATH: '/bin', HOME: '/home/me', LANG: 'C.UTF-8', SystemRoot: 'C:\\Windows' }
const SPARK = { JAVA_HOME: '/java', SLUICE_SPARK_FOLDER: '/spark' }

describe('the environment of a program that Sluice starts', () => {
  it.each([
    ['sandbox', { ...ANY, ...SPARK, SLUICE_RECORD_REQUESTS: '/records' }],
    ['probe', { ...ANY, ...SPARK }],
    ['pip', { ...ANY, HTTPS_PROXY: EVERYTHING.HTTPS_PROXY, PIP_INDEX_URL: EVERYTHING.PIP_INDEX_URL }],
    ['browser', { ...ANY, DISPLAY: ':0', HTTPS_PROXY: EVERYTHING.HTTPS_PROXY }],
  ] as const)('has what a %s needs, and nothing else', (program, expected) => {
    expect(childEnvironment(program, EVERYTHING)).toEqual(expected)
    expect(childEnvironment(program, {})).toEqual({})
  })

  it('of the window is its own, without what would make a program of Node of it', () => {
    const { NODE_OPTIONS: _, ELECTRON_RUN_AS_NODE: __, ...rest } = EVERYTHING
    expect(withoutNodeSwitches(EVERYTHING)).toEqual(rest)
  })
})
