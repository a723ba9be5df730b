import { z } from 'zod'
import { call } from '../rpc/contract.ts'

/**
 * - sandbox: the one of this machine
 * - development: changes are made
 * - production: nothing is changed until somebody typed the name of one action; what no rule names is of this class
 */
export const AccountClass = z.enum(['sandbox', 'development', 'production'])
export type AccountClass = z.infer<typeof AccountClass>

/** A pattern: `*` stands for any text, `?` for one letter. */
const Glob = z.string().trim().min(1).max(256)

const CONDITIONS = ['target', 'account', 'alias', 'colour', 'profile'] as const

/** All conditions of a rule must hold; one without any holds for every AWS account. */
export const ProtectionRule = z
  .strictObject({
    class: z.enum(['development', 'production'], {
      error: 'must be "development" or "production"; "sandbox" is the one of this machine, and no account of AWS',
    }),
    account: Glob.regex(/^[0-9*?]+$/, 'is twelve digits, or a pattern of digits, * and ?').optional(),
    alias: Glob.optional(),
    /** The colour that frames the window, as #0972d3. */
    colour: Glob.optional(),
    profile: Glob.optional(),
    /** The sandbox of this machine: a rule that names it shows what protection does. */
    target: z.literal('sandbox', { error: 'can only be "sandbox"' }).optional(),
    /** Of production: nobody can unlock anything. */
    neverUnlock: z.boolean().optional(),
    note: z.string().max(500).optional(),
  })
  .superRefine((rule, context) => {
    const say = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if (rule.neverUnlock && rule.class !== 'production') say('neverUnlock', 'goes with "class": "production" only')
    if (rule.class === 'development' && !CONDITIONS.some(name => rule[name] !== undefined))
      say('class', 'is for accounts that are named: say "account": "*" where every one is meant')
    if (rule.target && (rule.account ?? rule.alias ?? rule.colour ?? rule.profile) !== undefined)
      say('target', 'names the sandbox, which no other condition is about')
  })
export type ProtectionRule = z.infer<typeof ProtectionRule>

/** The conditions of a rule, in words. */
export const conditionText = (rule: ProtectionRule): string =>
  CONDITIONS.flatMap(name => (rule[name] === undefined ? [] : `${name} ${rule[name]}`)).join(', ') ||
  'every account of AWS'

export const ProtectionRules = z.strictObject({ rules: z.array(ProtectionRule).max(500) })
export type ProtectionRules = z.infer<typeof ProtectionRules>

export const RulesView = z.object({
  /** The file, to be edited by hand as well. */
  file: z.string(),
  state: z.enum(['none', 'read', 'broken']),
  rules: z.array(ProtectionRule),
  /** What is wrong with the file; while anything is, every account is one of production. */
  problems: z.array(z.object({ line: z.int().nullable(), field: z.string().nullable(), message: z.string() })),
  /** Names what the file has now. */
  version: z.string(),
})
export type RulesView = z.infer<typeof RulesView>

/** What an account is, and who says so. */
export const Standing = z.object({
  accountClass: AccountClass,
  /** The rule, or that there is none, as a sentence. */
  classedBy: z.string(),
  /** `unlock`: nothing is changed until the name of one action was typed. `read-only`: nothing is changed. */
  protection: z.enum(['none', 'unlock', 'read-only']),
})
export type Standing = z.infer<typeof Standing>

export const protectionContract = {
  /** The rules as the file has them now. */
  rules: call(z.strictObject({}), RulesView),
  /** Puts other rules into the file. Fails with `conflict` where it is not `version` any more. */
  setRules: call(ProtectionRules.extend({ version: z.string() }), RulesView),
  /** Asks AWS whose account a target is, and what the rules say of that. */
  standing: call(
    z.strictObject({ target: z.string() }),
    Standing.extend({
      account: z.string(),
      arn: z.string().nullable(),
      aliases: z.array(z.string()),
      /** What a rule asks for and AWS did not say. */
      unknown: z.array(z.string()),
    }),
  ),
  /**
   * Unlocks one run of one operation, by the name that its refusal asked for. The ticket is for this input alone, and
   * expires if it is not begun.
   */
  unlock: call(
    z.strictObject({ op: z.string().max(200), input: z.unknown(), typed: z.string().max(500) }),
    z.object({ ticket: z.string(), until: z.iso.datetime() }),
  ),
}
