import { useState } from 'react'
import { useEventWords, useWords } from '../live/use-pipeline.ts'
import { goTo, inWords, linkTo, type PageId } from '../route/route.ts'
import { usePreferences } from '../ui/theme/preferences.ts'

interface Scene {
  page: PageId
  query?: Record<string, string>
  title: string
  say: string
}

/** What is shown in a demonstration, in its order: each scene opens its page. */
const SCENES: Scene[] = [
  {
    page: 'provision',
    title: 'Provision',
    say: 'The plan: which resources it creates, with which permissions, at which cost. Apply it.',
  },
  {
    page: 'job',
    title: 'Job',
    say: 'Start the job. It reads the stream from the oldest record and commits a batch every second.',
  },
  {
    page: 'simulator',
    title: '{Plural}',
    say: 'Start the simulator, then drag its curve: the rate changes while it runs.',
  },
  {
    page: 'home',
    title: 'Health',
    say: 'State, lag and since when. The ledger accounts for every record.',
  },
  {
    page: 'stream',
    title: 'More {partitions}',
    say: 'Raise the rate until records are throttled, then double the {partitions}. No record is lost.',
  },
  {
    page: 'event',
    title: 'Trace of one {noun}',
    say: 'Select one: its record, its {partition}, its batch and its row, each with its time.',
  },
  {
    page: 'warehouse',
    query: { view: 'dashboard' },
    title: 'Dashboard',
    say: 'Charts over the rows that were loaded a second ago.',
  },
]

/** The strip of a demonstration: what to show and say now, with the way on and back. Nothing unless presenting. */
export function Presentation() {
  const presenting = usePreferences(preferences => preferences.presenting)
  return presenting ? <Script /> : null
}

function Script() {
  const set = usePreferences(preferences => preferences.set)
  const [at, setAt] = useState(0)
  const scene = SCENES[at]
  const words = { ...useEventWords(), ...useWords() }
  const show = (index: number) => {
    const wanted = SCENES[index]
    if (!wanted) return
    setAt(index)
    goTo(wanted.page, wanted.query)
  }
  if (!scene) return null
  return (
    <aside className="script" aria-label="Presentation">
      <button type="button" disabled={at === 0} onClick={() => show(at - 1)}>
        Back
      </button>
      <span className="script-number">
        {at + 1} of {SCENES.length}
      </span>
      <a href={linkTo(scene.page, scene.query)}>{inWords(scene.title, words)}</a>
      <span className="script-say">{inWords(scene.say, words)}</span>
      <button type="button" disabled={at === SCENES.length - 1} onClick={() => show(at + 1)}>
        Next
      </button>
      <button type="button" onClick={() => set({ presenting: false })}>
        End
      </button>
    </aside>
  )
}
