import { listOf } from '../xml.ts'

const OWNERSHIPS = new Set(['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'])

/** One rule with one of three words (API reference, OwnershipControls). */
export function isOwnership(root: Record<string, unknown>): boolean {
  const rules = listOf(root.Rule)
  return rules.length === 1 && OWNERSHIPS.has(String(rules[0]?.ObjectOwnership))
}
