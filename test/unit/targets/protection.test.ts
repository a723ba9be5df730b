import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AccountFacts,
  type ClassedTarget,
  classify,
  matches,
} from '../../../electron/core/targets/protection/classify.ts'
import { openRulesFile } from '../../../electron/core/targets/protection/rules-file.ts'
import type { ProtectionRule } from '../../../shared/features/protection.ts'

const TARGET: ClassedTarget = { kind: 'aws', account: '111122223333', colour: '#0972d3', profile: 'dev-data' }
const facts = (change: Partial<AccountFacts> = {}): AccountFacts => ({
  account: '111122223333',
  arn: 'arn:aws:sts::111122223333:assumed-role/Admin/ann',
  aliases: ['corp-dev'],
  ...change,
})
const classOf = (rules: ProtectionRule[], known?: AccountFacts, target = TARGET) => {
  const { accountClass, protection } = classify(target, { rules }, known)
  return `${accountClass} ${protection}`
}

describe('the class of an account', () => {
  it('is production where no rule names it, and where there are no rules', () => {
    expect(classOf([])).toBe('production unlock')
    expect(classOf([{ class: 'development', account: '999999999999' }], facts())).toBe('production unlock')
  })

  it('is that of the first rule that fits', () => {
    const rules: ProtectionRule[] = [
      { class: 'production', account: '1111*', alias: '*-prod' },
      { class: 'development', account: '1111*' },
      { class: 'production', account: '*', neverUnlock: true },
    ]
    expect(classOf(rules, facts())).toBe('development none')
    expect(classOf(rules, facts({ aliases: ['corp-prod'] }))).toBe('production unlock')
    expect(classOf(rules, facts({ account: '222233334444' }))).toBe('production read-only')
  })

  it('is by account, alias, colour and profile name, of which all that a rule has must fit', () => {
    const fitting: ProtectionRule[] = [
      { class: 'development', account: '111122223333' },
      { class: 'development', alias: 'corp-???' },
      { class: 'development', colour: '#0972D3' },
      { class: 'development', profile: 'dev-*' },
      { class: 'development', profile: 'dev-*', account: '1111*', alias: '*dev', colour: '#*' },
    ]
    for (const rule of fitting) expect(classOf([rule], facts()), JSON.stringify(rule)).toBe('development none')
    const others: ProtectionRule[] = [
      { class: 'development', profile: 'dev' },
      { class: 'development', profile: 'dev-*', account: '2222*' },
      { class: 'development', alias: 'corp-??' },
    ]
    for (const rule of others) expect(classOf([rule], facts()), JSON.stringify(rule)).toBe('production unlock')
  })

  it('is by the account that STS says, and never by another one that the profile says', () => {
    const rules: ProtectionRule[] = [{ class: 'development', account: '111122223333' }]
    expect(classOf(rules, facts({ account: '444455556666' }))).toBe('production unlock')
  })

  it('is by no alias that was not asked for, or that AWS does not tell', () => {
    const rules: ProtectionRule[] = [{ class: 'development', alias: '*' }]
    expect(classOf(rules)).toBe('production unlock')
    expect(classOf(rules, facts({ aliases: undefined }))).toBe('production unlock')
    expect(classOf(rules, facts({ aliases: 'denied' }))).toBe('production unlock')
    expect(classOf(rules, facts({ aliases: [] }))).toBe('production unlock')
  })

  it('is sandbox for the one of this machine alone, unless a rule names it', () => {
    const sandbox: ClassedTarget = { kind: 'sandbox', account: '000000000000', colour: '#7d5bd0' }
    expect(classOf([{ class: 'production', account: '*' }], undefined, sandbox)).toBe('sandbox none')
    expect(classOf([{ class: 'production', target: 'sandbox' }], undefined, sandbox)).toBe('production unlock')
    expect(classOf([{ class: 'production', target: 'sandbox' }], facts())).toBe('production unlock')
    expect(classify(sandbox, { broken: 'line 1' }, undefined).accountClass).toBe('sandbox')
  })

  it('says which rule it is by', () => {
    const rules: ProtectionRule[] = [
      { class: 'production', account: '2*' },
      { class: 'development', account: '1*', profile: 'dev-*' },
    ]
    expect(classify(TARGET, { rules }, facts()).classedBy).toBe('Rule 2 says so (account 1*, profile dev-*).')
    expect(classify(TARGET, { rules: [] }, facts()).classedBy).toBe('No rule names it, so it is one of production.')
    expect(classify(TARGET, { broken: 'rules.json, line 3: it is no JSON' }, facts()).classedBy).toContain('line 3')
  })

  it('takes every letter of a pattern but * and ? for itself', () => {
    expect(matches('a.c', 'abc')).toBe(false)
    expect(matches('a.c', 'a.c')).toBe(true)
    expect(matches('(x)|[y]', '(x)|[y]')).toBe(true)
    expect(matches('*', 'anything at\nall')).toBe(true)
    expect(matches('dev', 'dev-1')).toBe(false)
    expect(matches('d?v', 'dév')).toBe(true)
    expect(matches('*'.repeat(40), 'a'.repeat(2_000))).toBe(true)
    expect(matches(`${'*a'.repeat(20)}b`, 'a'.repeat(40))).toBe(false)
  })
})

describe('the file of the rules', () => {
  let dir: string
  let file: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'rules-'))
    file = join(dir, 'core', 'protection.json')
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  const write = (text: string | Buffer) => {
    mkdirSync(join(dir, 'core'), { recursive: true })
    writeFileSync(file, text)
  }

  it('is no file at first, and has what was written into it, a rule a line', () => {
    const rules = openRulesFile(file)
    expect(rules.view()).toMatchObject({ state: 'none', rules: [], version: 'none' })
    const list: ProtectionRule[] = [
      { class: 'development', account: '1*' },
      { class: 'production', alias: 'x' },
    ]
    rules.write({ rules: list }, 'none')
    expect(rules.view()).toMatchObject({ state: 'read', rules: list, problems: [] })
    expect(readFileSync(file, 'utf8')).toBe(
      '{\n  "rules": [\n    {"class":"development","account":"1*"},\n    {"class":"production","alias":"x"}\n  ]\n}\n',
    )
  })

  it('is read again when it was edited by hand, and is not overwritten then', () => {
    const rules = openRulesFile(file)
    const { version } = rules.view()
    write('{ "rules": [{ "class": "development", "account": "1*" }] }')
    expect(rules.view().rules).toEqual([{ class: 'development', account: '1*' }])
    expect(() => rules.write({ rules: [] }, version)).toThrow(/has changed since it was read/)
    expect(rules.view().rules).toHaveLength(1)
  })

  it.each([
    ['{\n  "rules": [\n    { "class": "development" "account": "1" }\n  ]\n}', 3, null, /it is no JSON/],
    ['', 1, null, /it is no JSON/],
    [
      '{\n  "rules": [\n    { "class": "development", "account": "1*" },\n    { "class": "sandbox" }\n  ]\n}',
      4,
      'rule 2, class',
      /"development" or "production"/,
    ],
    ['{ "rules": [\n{ "class": "production",\n"acount": "}{[" } ] }', 2, 'rule 1', /acount/],
    ['{ "rules": [{ "class": "development", "account": "dev" }] }', 1, 'rule 1, account', /twelve digits/],
    ['{ "rules": [{ "class": "development", "note": "{" }] }', 1, 'rule 1, class', /accounts that are named/],
    [
      '{ "rules": [{ "class": "development", "profile": "a", "neverUnlock": true }] }',
      1,
      'rule 1, neverUnlock',
      /production/,
    ],
    ['{ "rules": [{ "class": "production", "target": "sandbox", "account": "1" }] }', 1, 'rule 1, target', /sandbox/],
    ['{ "rule": [] }', null, 'rules', /array/],
  ])('that is broken says where and why, and makes everything production: %j', (text, line, field, message) => {
    write(text)
    const rules = openRulesFile(file)
    const view = rules.view()
    expect(view.state).toBe('broken')
    expect(view.problems[0]).toMatchObject({ line, field })
    expect(view.problems[0]?.message).toMatch(message)
    expect(classify(TARGET, rules.inForce(), facts())).toMatchObject({
      accountClass: 'production',
      protection: 'unlock',
    })
    expect(classify(TARGET, rules.inForce(), facts()).classedBy).toContain(file)
  })

  it('that is no UTF-8 is broken, too', () => {
    write(Buffer.from([0xff, 0xfe, 0x7b]))
    expect(openRulesFile(file).view()).toMatchObject({ state: 'broken', problems: [{ message: 'it is no UTF-8' }] })
  })
})
