import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectFile } from '../../../electron/hosts/project.ts'
import { askPython, JOB_PACKAGES } from '../../../electron/hosts/spark/find-programs.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

const names = [...JOB_PACKAGES].sort()

describe('the packages that the job needs', () => {
  it('are those that the set-up installs, each in a version that is pinned', async () => {
    const lines = (await projectFile('spark/requirements.txt')).trim().split('\n')
    expect(lines.map(line => /^([a-z0-9]+)==\d[\d.]*$/.exec(line)?.[1]).sort()).toEqual(names)
  })

  it('are those that the job itself asks for before it starts', async () => {
    const [, needed = ''] = /^_NEEDED = \{([^}]+)\}$/m.exec(await projectFile('spark/main.py')) ?? []
    expect([...needed.matchAll(/"(\w+)": "/g)].map(match => match[1]).sort()).toEqual(names)
  })

  it('are searched in a Python: an empty environment lacks all of them', async () => {
    const folder = await temporaryFolder()
    try {
      execFileSync('python3', ['-m', 'venv', '--without-pip', folder.path])
      const empty = await askPython(join(folder.path, 'bin', 'python'), process.env)
      expect(empty).toMatchObject({ spark: null, sparkHome: null })
      expect([...(empty?.lacks ?? []), 'pyspark'].sort()).toEqual(names)
    } finally {
      await folder.remove()
    }
  })
})
