import Button from '@cloudscape-design/components/button'
import { useMemo } from 'react'
import type { Profile, ProfileState, Target } from '../../../shared/features/targets.ts'
import { beginLogin } from '../../live/login.ts'
import { loginWanted } from '../../live/profiles.ts'
import { useHidden, useTargets } from '../../live/targets.ts'
import { linkTo } from '../../route/route.ts'
import { timeLeft } from '../../ui/format.ts'
import { useNow } from '../../ui/now.ts'
import { Status, type StatusType } from '../../ui/status.tsx'
import { ExportButtons } from '../../ui/table/export-buttons.tsx'
import { type Column, Table } from '../../ui/table/table.tsx'

const KINDS: Record<Profile['kind'], string> = {
  sso: 'single sign-on',
  'legacy-sso': 'single sign-on, without a session',
  login: 'aws login',
  role: 'role',
  'web-identity': 'web identity',
  process: 'process',
  keys: 'access keys',
  environment: 'environment',
  none: 'none',
}

const STATES: Record<ProfileState, { type: StatusType; word: string }> = {
  ready: { type: 'success', word: 'ready' },
  'logged-in': { type: 'success', word: 'logged in' },
  'logged-out': { type: 'stopped', word: 'not logged in' },
  expired: { type: 'warning', word: 'expired' },
  mfa: { type: 'pending', word: 'takes an MFA code' },
  none: { type: 'stopped', word: 'no credentials' },
  refused: { type: 'error', word: 'not used' },
}

const nameOf = ({ name }: Profile): string => name

/** Every profile with whose it is, where, and what is to be done before it can be used. */
export function ProfileTable({ profiles, loading }: { profiles: readonly Profile[]; loading: boolean }) {
  const { targets } = useTargets()
  const hidden = useHidden()
  const columns = useMemo(() => columnsOf(targets, hidden), [targets, hidden])
  return (
    <section className="card">
      <div className="card-head">
        <h2>Profiles</h2>
        <span className="note">
          Choose one to open its account. What may be changed there is on the page Protection.
        </span>
        <ExportButtons name="profiles" table={() => tableOf(profiles)} />
      </div>
      <Table
        label="Profiles"
        rows={profiles}
        columns={columns}
        keyOf={nameOf}
        empty={loading ? 'Reading the files.' : 'No AWS profiles on this machine. Create one with: aws configure sso'}
      />
    </section>
  )
}

const columnsOf = (targets: readonly Target[], hidden: (text: string) => string): readonly Column<Profile>[] => [
  {
    id: 'name',
    header: 'Profile',
    width: 130,
    wrap: 'anywhere',
    sortBy: nameOf,
    cell: profile => <ProfileName profile={profile} target={targets.find(entry => entry.profile === profile.name)} />,
  },
  { id: 'kind', header: 'Kind', width: 105, sortBy: ({ kind }) => KINDS[kind], cell: ({ kind }) => KINDS[kind] },
  {
    id: 'account',
    header: 'Account',
    wrap: 'never',
    sortBy: ({ account }) => account,
    cell: ({ account }) => (account === null ? '–' : hidden(account)),
  },
  {
    id: 'role',
    header: 'Role',
    width: 100,
    wrap: 'anywhere',
    sortBy: ({ role }) => role,
    cell: ({ role }) => role ?? '–',
  },
  {
    id: 'region',
    header: 'Region',
    wrap: 'never',
    sortBy: ({ region }) => region,
    cell: ({ region, regionFrom }) =>
      region === null ? <span className="note">no region</span> : <span title={`as ${regionFrom} says`}>{region}</span>,
  },
  {
    id: 'state',
    header: 'State',
    width: 135,
    sortBy: ({ state }) => STATES[state].word,
    cell: profile => <State profile={profile} />,
  },
  { id: 'next', header: 'What to do', width: 300, cell: profile => <ToDo profile={profile} hidden={hidden} /> },
]

function ProfileName({ profile, target }: { profile: Profile; target: Target | undefined }) {
  return target ? (
    <a href={linkTo('home', { target: target.id })} title={profile.place ?? 'variables of the environment'}>
      {profile.name}
    </a>
  ) : (
    profile.name
  )
}

function State({ profile: { state, expiresAt } }: { profile: Profile }) {
  const { type, word } = STATES[state]
  const left = useNow(nowMs => (expiresAt === null ? '' : timeLeft(Date.parse(expiresAt) - nowMs)))
  return (
    <>
      <Status type={type}>{word}</Status>
      {left !== '' && (
        <div className="note" title={expiresAt ?? undefined}>
          {left}
        </div>
      )}
    </>
  )
}

function ToDo({ profile, hidden }: { profile: Profile; hidden: (text: string) => string }) {
  const { problem, hint, warning, state } = profile
  const wanted = loginWanted(profile)
  const isOut = state === 'logged-out' || state === 'expired'
  if (problem === null && hint === null && warning === null && !wanted) return <span className="note">nothing</span>
  return (
    <>
      {wanted && (
        <Button
          variant={isOut ? 'primary' : 'inline-link'}
          ariaLabel={`Log in to ${wanted.name} for ${profile.name}`}
          onClick={() => beginLogin(wanted)}
        >
          {isOut ? 'Log in' : 'Log in again'}
        </Button>
      )}
      {problem !== null && <div>It is not used: {hidden(problem)}.</div>}
      {hint !== null && <div className={problem === null && !wanted ? undefined : 'note'}>{hidden(hint)}</div>}
      {warning !== null && <div className="note">{warning}</div>}
    </>
  )
}

const tableOf = (profiles: readonly Profile[]) => ({
  columns: [
    'name',
    'kind',
    'account',
    'role',
    'region',
    'region_from',
    'state',
    'expires_at',
    'problem',
    'hint',
    'place',
  ],
  rows: profiles.map(profile => [
    profile.name,
    profile.kind,
    profile.account,
    profile.role,
    profile.region,
    profile.regionFrom,
    profile.state,
    profile.expiresAt,
    profile.problem,
    profile.hint,
    profile.place,
  ]),
})
