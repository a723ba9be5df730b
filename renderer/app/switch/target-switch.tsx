import type { Target } from '../../../shared/features/targets.ts'
import { useAccountText, useTargets } from '../../live/targets.ts'
import { goTo } from '../../route/route.ts'
import { useOpenList } from './use-open-list.ts'

const describe = (target: Target, accountText: (account: string) => string): string =>
  [
    target.kind === 'sandbox' ? 'sandbox on this machine, not AWS' : `AWS ${accountText(target.account)}`,
    target.region,
    ...(target.protection === 'read-only' ? ['read-only'] : []),
  ].join(' · ')

/** Where we are, in its colour, and the way to the other targets. */
export function TargetSwitch() {
  const { targets, current, reload } = useTargets()
  const accountText = useAccountText()
  const { box, open, setOpen, onKeyDown } = useOpenList(reload)
  if (!current) return <div className="target" />
  const choose = (target: Target) => {
    setOpen(false)
    goTo('home', { target: target.id })
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes it from anywhere inside
    <div className="target" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="target-button"
        aria-expanded={open}
        aria-controls="targets"
        onClick={() => setOpen(!open)}
      >
        <span className="target-dot" />
        <strong>{current.title}</strong>
        <span className="target-kind">{describe(current, accountText)}</span>
        {current.problem !== undefined && <span className="target-badge">cannot be used</span>}
        <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <ul id="targets" className="target-list" aria-label="Targets">
          {targets.map(target => (
            <li key={target.id}>
              <button
                type="button"
                aria-current={target.id === current.id ? 'true' : undefined}
                style={{ '--target': target.colour }}
                onClick={() => choose(target)}
              >
                <span className="target-dot" />
                <span className="target-words">
                  <span className="target-name">
                    <strong>{target.title}</strong>
                    {target.problem !== undefined && <span className="target-badge">cannot be used</span>}
                  </span>
                  <span className="target-about">{describe(target, accountText)}</span>
                  {target.problem !== undefined && <span className="target-problem">{target.problem}</span>}
                </span>
              </button>
            </li>
          ))}
          {targets.every(target => target.kind === 'sandbox') && (
            <li className="note">No AWS profiles on this machine. Make one with: aws configure sso</li>
          )}
        </ul>
      )}
    </div>
  )
}
