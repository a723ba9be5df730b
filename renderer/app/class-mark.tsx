import { useTargets } from '../live/targets.ts'
import { linkTo } from '../route/route.ts'
import './class-mark.css'

/** In the frame: what kind of account this is. Production cannot be overlooked, and is never a colour alone. */
export function ClassMark() {
  const { current } = useTargets()
  if (!current) return null
  const { accountClass, classedBy, protection } = current
  return (
    <a
      className="class-mark"
      data-class={accountClass}
      href={linkTo('protection')}
      title={classedBy}
      aria-label={`Class ${accountClass}${protection === 'none' ? '' : ', protected'}. ${classedBy}`}
    >
      {accountClass}
      {protection === 'unlock' && ' · locked'}
      {protection === 'read-only' && ' · read-only'}
    </a>
  )
}
