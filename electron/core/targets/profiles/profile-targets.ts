import type { PlacedTarget, Profile } from '../../../../shared/features/targets.ts'

/** Seen apart from each other and from the sandbox's violet; the organisation's own colours need a login first. */
const COLOURS = ['#0972d3', '#b5581c', '#037f51', '#b0084d', '#8a6d00', '#00798c', '#5c6f1f', '#9a3b3b']

/** Profiles as targets. A profile that is called as the sandbox is has an id of its own, that no other one has. */
export function profileTargets(profiles: readonly Profile[]): PlacedTarget[] {
  const names = new Set(profiles.map(({ name }) => name))
  let sandbox = 'profile sandbox'
  while (names.has(sandbox)) sandbox = `profile ${sandbox}`
  return profiles.map(profile => profileTarget(profile, profile.name === 'sandbox' ? sandbox : profile.name))
}

const profileTarget = (profile: Profile, id: string): PlacedTarget => ({
  id,
  kind: 'aws',
  title: profile.name,
  profile: profile.name,
  region: profile.region ?? '',
  account: profile.account ?? '',
  colour: colourOf(profile.name),
  ...problemOf(profile),
  engines: ['spark'],
  packages: 'wheelhouse',
  warehouse: { clusterIdentifier: 'sluice', database: 'dev', dbUser: 'awsuser' },
})

function problemOf({ problem, kind, hint }: Profile): Pick<PlacedTarget, 'problem' | 'problemHint'> {
  const said = problem ?? (kind === 'none' ? 'nothing says where its credentials come from' : null)
  return said === null ? {} : { problem: said, ...(hint !== null && { problemHint: hint }) }
}

/** The same name has the same colour on every machine. */
function colourOf(name: string): string {
  let hash = 0
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return COLOURS[hash % COLOURS.length] ?? ''
}
