import { useRef } from 'react'
import type { Target } from '../../../shared/features/targets.ts'
import { useAccountText, useTargets } from '../../live/targets.ts'
import { goTo, linkTo } from '../../route/route.ts'
import { RegionChoice } from './region-choice.tsx'
import { Entry, Switch } from './switch.tsx'

const describe = (target: Target, accountText: (account: string) => string): string =>
  [
    target.kind === 'sandbox' ? 'sandbox on this machine, not AWS' : `AWS ${accountText(target.account)}`,
    target.region || 'no region',
    ...(target.kind === 'aws' || target.accountClass !== 'sandbox' ? [target.accountClass] : []),
    ...(target.protection === 'none' ? [] : [target.protection === 'unlock' ? 'locked' : 'read-only']),
  ].join(' · ')

const badgeOf = ({ problem }: Target): string | undefined => (problem === undefined ? undefined : 'unavailable')
const DOT = <span className="switch-dot" />

/** The target that is shown, in its colour, and the other targets. */
export function TargetSwitch() {
  const { targets, current, reload } = useTargets()
  const accountText = useAccountText()
  const button = useRef<HTMLButtonElement>(null)
  if (!current) return <div className="switch" />
  return (
    <Switch
      name={current.title}
      badge={badgeOf(current)}
      mark={DOT}
      note={describe(current, accountText)}
      listLabel="Targets"
      button={button}
      onOpen={reload}
    >
      {close => (
        <>
          {targets.map(target => (
            <li key={target.id}>
              <Entry
                isCurrent={target.id === current.id}
                name={target.title}
                badge={badgeOf(target)}
                mark={DOT}
                style={{ '--target': target.colour }}
                onChoose={() => {
                  close()
                  goTo('home', { target: target.id })
                }}
              >
                <span className="switch-about">{describe(target, accountText)}</span>
                {target.problem !== undefined && <span className="switch-problem">{target.problem}</span>}
              </Entry>
            </li>
          ))}
          {current.kind === 'aws' && (
            <li>
              <RegionChoice key={current.id} targets={targets} current={current} onDone={close} />
            </li>
          )}
          <li className="note">
            {targets.every(target => target.kind === 'sandbox') && 'No AWS profiles on this machine. '}
            <a href={linkTo('profiles')} onClick={close}>
              Profiles and their logins
            </a>
          </li>
        </>
      )}
    </Switch>
  )
}
