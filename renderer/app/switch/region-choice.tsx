import { type FormEvent, useId, useState } from 'react'
import { idInRegion, type Target } from '../../../shared/features/targets.ts'
import { goTo } from '../../route/route.ts'

interface RegionChoiceProps {
  targets: readonly Target[]
  current: Target
  onDone: () => void
}

/** Shows the same account in another region: the profile's own one stays as it is. */
export function RegionChoice({ targets, current, onDone }: RegionChoiceProps) {
  const [region, setRegion] = useState(current.region)
  const field = useId()
  const base =
    targets.find(({ id }) => id === current.id) ??
    targets.find(target => idInRegion(target, current.region) === current.id)
  if (!base) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onDone()
    goTo('home', { target: idInRegion(base, region) })
  }
  return (
    <form className="region-choice" onSubmit={submit}>
      <label htmlFor={field}>Region of {base.title}</label>
      <input
        id={field}
        value={region}
        required
        pattern="[a-z]{2,}(-[a-z]+)+-\d+"
        title="A region as AWS writes it, such as eu-west-1"
        placeholder="eu-west-1"
        spellCheck={false}
        autoComplete="off"
        onChange={event => setRegion(event.target.value.trim())}
      />
      <button type="submit" disabled={region === current.region}>
        Show it
      </button>
    </form>
  )
}
