import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openClusterStore } from '../../../electron/sandbox/emr/store.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'

it('the folder of the clusters removes what a kill left half written, and no file or folder of others', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-emr-'))
  try {
    for (const name of ['j-ABC123.json.new', 'notes.json', 'notes.new', '.DS_Store'])
      writeFileSync(join(dir, name), '{"half')
    mkdirSync(join(dir, 'folder.new'))
    const strict = careUnderTest()
    expect(openClusterStore(dir, strict.care).load()).toEqual([])
    expect(readdirSync(dir).sort()).toEqual(['.DS_Store', 'folder.new', 'notes.json', 'notes.new'])
    expect(strict.notices).toEqual([])
  } finally {
    rmSync(dir, { recursive: true })
  }
})
