import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decodeLines, encodeLines } from '../../../shared/state/checked-lines.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { openLineLog } from '../../../shared/state/line-log.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { cut, empty, flip } from '../../fixture/damage-file.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-log-'))
  file = join(dir, 'log.jsonl')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const spec = (care: StateCare = careUnderTest().care, canGoOn = false) => ({
  schema: z.string(),
  care,
  lost: 'words',
  canGoOn,
})

describe('a log of lines', () => {
  it('has what was appended, and not the half of a line', () => {
    const { log, entries } = openLineLog(file, spec())
    expect(entries).toEqual([])
    log.append('one')
    log.append('zwei ü', 'drei\n')
    appendFileSync(file, '0123abcd 4 "cut off in the mid')
    const again = openLineLog(file, spec())
    expect(again.entries).toEqual(['one', 'zwei ü', 'drei\n'])
    again.log.append('four')
    expect(openLineLog(file, spec()).entries).toEqual(['one', 'zwei ü', 'drei\n', 'four'])
    expect(again.log.length()).toBe(4)
  })

  it('is not changed by a program that only read it, and loses what was cut off with the next line', () => {
    openLineLog(file, spec()).log.append('one', 'two')
    appendFileSync(file, '0123abcd 3 "cut off')
    const torn = readFileSync(file)
    const { care, notices } = careUnderTest()
    const { log } = openLineLog(file, spec(care))
    expect(readFileSync(file)).toEqual(torn)
    expect(readdirSync(dir)).toEqual(['log.jsonl'])
    expect(notices).toMatchObject([
      { state: 'warning', title: expect.stringContaining('its last 19 bytes are passed over') },
    ])
    log.append('three', 'four')
    expect(decodeLines(readFileSync(file))).toMatchObject({
      texts: ['"one"', '"two"', '"three"', '"four"'],
      damage: undefined,
    })
  })

  it.each(['a repair', 'the change from an older version'])('keeps what was cut off in a file beside at %s', why => {
    const isRepair = why === 'a repair'
    if (isRepair) openLineLog(file, spec()).log.append('one')
    else writeFileSync(file, '["one"]\n')
    appendFileSync(file, isRepair ? '0123abcd 2 "cut' : '["cut')
    const { care, notices } = careUnderTest({ repairs: isRepair })
    openLineLog(file, { ...spec(care), schema: z.unknown() })
    const [renamed = ''] = readdirSync(dir).filter(name => name.includes('.damaged-'))
    expect(readFileSync(join(dir, renamed), 'utf8')).toBe(isRepair ? '0123abcd 2 "cut' : '["cut')
    expect(notices).toMatchObject([{ title: expect.stringContaining(renamed) }])
    const again = careUnderTest()
    openLineLog(file, { ...spec(again.care), schema: z.unknown() })
    expect(again.notices).toEqual([])
  })

  it('goes on behind the lines that took the place of all', () => {
    const { log } = openLineLog(file, spec())
    for (const line of ['a', 'b', 'c']) log.append(line)
    log.rewrite(['c'])
    log.append('d')
    expect(openLineLog(file, spec()).entries).toEqual(['c', 'd'])
    expect(log.length()).toBe(2)
  })

  it('reads a file of an older version, and gives it checksums', () => {
    writeFileSync(file, '["a"]\n["b"]\n["cut')
    const opened = openLineLog(file, { ...spec(), schema: z.array(z.string()) })
    expect(opened.entries).toEqual([['a'], ['b']])
    opened.log.append(['c'])
    flip(file, 40)
    expect(() => openLineLog(file, { ...spec(), schema: z.array(z.string()) })).toThrow(/does not match its checksum/)
  })

  it('sees each flipped bit of a file, wherever it is', () => {
    const bytes = Buffer.from(encodeLines(['"one"', '"two"', '"three"']))
    for (let at = 0; at < bytes.length * 8; at++) {
      const flipped = Buffer.from(bytes)
      flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7))
      const { damage, texts } = decodeLines(flipped)
      expect(damage, `bit ${at}`).toBeDefined()
      expect(['"one"', '"two"', '"three"']).toEqual(expect.arrayContaining(texts))
    }
  })

  it('gives of a file that was cut anywhere the first of its lines, and nothing else', () => {
    const lines = ['"a"', '{"b":1}', '"c"']
    const bytes = Buffer.from(encodeLines(lines))
    fc.assert(
      fc.property(fc.integer({ min: 20, max: bytes.length }), length => {
        const { texts } = decodeLines(bytes.subarray(0, length))
        expect(lines.slice(0, texts.length)).toEqual(texts)
      }),
    )
  })

  it('sees lines that are missing between others, and lines that are twice there', () => {
    const [header, ...lines] = encodeLines(['"a"', '"b"', '"c"']).split('\n')
    const of = (...kept: (string | undefined)[]) => decodeLines(Buffer.from(`${[header, ...kept].join('\n')}\n`))
    expect(of(lines[0], lines[2]).damage).toMatch(/1 lines are missing before line 3/)
    expect(of(lines[0], lines[1], lines[1]).damage).toMatch(/line 4 is not in its place/)
    expect(of(lines[0], lines[1], lines[2]).damage).toBeUndefined()
  })

  it.each([
    ['empty', empty],
    ['flipped', (path: string) => flip(path, 30)],
  ])(
    'refuses a file that is %s, goes on with what can be read where that is right, and keeps the file under ' +
      'another name',
    (_, damage) => {
      openLineLog(file, spec()).log.append('one', 'two', 'three')
      damage(file)
      const damaged = readFileSync(file)
      expect(() => openLineLog(file, spec())).toThrow(/log\.jsonl is damaged/)
      const { care, notices } = careUnderTest()
      const opened = openLineLog(file, spec(care, true))
      opened.log.append('four')
      expect(openLineLog(file, spec()).entries).toEqual([...opened.entries, 'four'])
      const [renamed = ''] = readdirSync(dir).filter(name => name.includes('.damaged-'))
      expect(readFileSync(join(dir, renamed))).toEqual(damaged)
      expect(notices).toMatchObject([{ state: 'bad', detail: expect.stringContaining(renamed) }])
    },
  )
})

describe('a file with one value', () => {
  const schema = z.object({ name: z.string() })
  const ofFile = (care = careUnderTest().care) => ({ schema, care, lost: 'the name', canGoOn: false })

  it('has the value that was written last, and an older version’s', () => {
    expect(readJsonFile(file, ofFile())).toBeUndefined()
    writeFileSync(file, '{"name":"old"}')
    expect(readJsonFile(file, ofFile())).toEqual({ name: 'old' })
    writeJsonFile(file, { name: 'new' })
    expect(readJsonFile(file, ofFile())).toEqual({ name: 'new' })
  })

  it.each([
    ['empty', empty],
    ['cut', (path: string) => cut(path, 0.8)],
    ['cut to its header', (path: string) => cut(path, 0.45)],
    ['flipped', (path: string) => flip(path)],
  ])('is refused when it is %s, with its name and what is lost, and renamed by a repair', (_, damage) => {
    writeJsonFile(file, { name: 'x' })
    damage(file)
    expect(() => readJsonFile(file, ofFile())).toThrow(/log\.jsonl is damaged/)
    expect(readJsonFile(file, ofFile(careUnderTest({ repairs: true }).care))).toBeUndefined()
    expect(readdirSync(dir)).toEqual([expect.stringContaining('log.jsonl.damaged-')])
  })
})
