import { useId, useMemo, useRef, useState } from 'react'
import { isReady, type ReadyPipeline } from '../../shared/features/pipelines.ts'
import type { Profile, Target } from '../../shared/features/targets.ts'
import { beginLogin, type LoginWanted } from '../live/login.ts'
import { usePipelines } from '../live/pipelines.ts'
import { loginWanted, useProfiles } from '../live/profiles.ts'
import { useTargets } from '../live/targets.ts'
import { useEventWords, useWords } from '../live/use-pipeline.ts'
import { linkAtThisTime } from '../route/range.ts'
import { goTo, inWords, PAGES, type PageWords } from '../route/route.ts'
import { usePreferences } from '../ui/theme/preferences.ts'

interface Action {
  id: string
  title: string
  hint: string
  run: () => void
}

function actions(
  targets: readonly Target[],
  pipelines: readonly ReadyPipeline[],
  words: PageWords,
  logins: readonly LoginWanted[],
  onAbout: () => void,
): Action[] {
  const { mode, density, presenting, set } = usePreferences.getState()
  return [
    ...PAGES.map(page => ({
      id: page.id,
      title: `Go to ${inWords(page.title, words)}`,
      hint: inWords(page.hint, words),
      run: () => goTo(page.id),
    })),
    ...pipelines.map(({ id, title, description }) => ({
      id: `pipeline-${id}`,
      title: `Pipeline ${title}`,
      hint: description,
      run: () => goTo('home', { pipeline: id }),
    })),
    ...targets.map(target => ({
      id: `target-${target.id}`,
      title: `Switch to ${target.title}`,
      hint: target.kind === 'sandbox' ? 'the sandbox, not AWS' : `AWS profile, ${target.region || 'no region'}`,
      run: () => goTo('home', { target: target.id }),
    })),
    ...logins.flatMap(wanted => [
      {
        id: `login-${wanted.name}`,
        title: `Log in to ${wanted.name}`,
        hint: 'IAM Identity Center, in the browser',
        run: () => beginLogin(wanted),
      },
      {
        id: `code-${wanted.name}`,
        title: `Log in to ${wanted.name} with a code`,
        hint: 'IAM Identity Center, in any browser',
        run: () => beginLogin(wanted, 'device-code'),
      },
    ]),
    { id: 'light', title: 'Light mode', hint: `now ${mode}`, run: () => set({ mode: 'light' }) },
    { id: 'dark', title: 'Dark mode', hint: `now ${mode}`, run: () => set({ mode: 'dark' }) },
    { id: 'system', title: 'System mode', hint: `now ${mode}`, run: () => set({ mode: 'system' }) },
    {
      id: 'density',
      title: density === 'compact' ? 'Comfortable density' : 'Compact density',
      hint: `now ${density}`,
      run: () => set({ density: density === 'compact' ? 'comfortable' : 'compact' }),
    },
    {
      id: 'present',
      title: presenting ? 'End presentation mode' : 'Start presentation mode',
      hint: 'larger, with a script, account numbers hidden',
      run: () => set({ presenting: !presenting }),
    },
    {
      id: 'moment',
      title: 'Copy the link to this view at this time',
      hint: 'opens the same page and the same minutes again',
      run: () => void navigator.clipboard.writeText(linkAtThisTime()),
    },
    { id: 'about', title: 'About Sluice', hint: 'versions of Sluice, Electron, Chromium and Node', run: onAbout },
    {
      id: 'link',
      title: 'Copy the link to this view',
      hint: 'opens the same page again',
      run: () => void navigator.clipboard.writeText(location.href),
    },
  ]
}

/** Each login once, whatever profiles use it. */
function allLogins(profiles: readonly Profile[]): LoginWanted[] {
  const wanted = profiles.flatMap(profile => loginWanted(profile) ?? [])
  return [...new Map(wanted.map(login => [login.name, login])).values()]
}

/** Everything by typing a part of its name. */
export function Palette({ onClose, onAbout }: { onClose: () => void; onAbout: () => void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const list = useId()
  const { targets } = useTargets()
  const known = usePipelines(pipelines => pipelines.list)
  const { value: profiles } = useProfiles()
  const logins = useMemo(() => allLogins(profiles?.profiles ?? []), [profiles])
  const eventWords = useEventWords()
  const partitionWords = useWords()
  const words = useMemo(() => ({ ...eventWords, ...partitionWords }), [eventWords, partitionWords])
  const found = useMemo(() => {
    const typed = text.toLowerCase().split(/\s+/).filter(Boolean)
    return actions(targets, known?.pipelines.filter(isReady) ?? [], words, logins, onAbout).filter(action =>
      typed.every(word => `${action.title} ${action.hint}`.toLowerCase().includes(word)),
    )
  }, [text, targets, known, words, logins, onAbout])
  const run = (action: Action | undefined) => {
    if (!action) return
    onClose()
    action.run()
  }
  return (
    <div className="palette-backdrop">
      <button type="button" className="palette-behind" aria-label="Close" tabIndex={-1} onClick={onClose} />
      <div className="palette" role="dialog" aria-modal="true" aria-label="Commands">
        <input
          ref={input}
          // biome-ignore lint/a11y/noAutofocus: it was opened to type into
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={found[chosen] && `${list}-${found[chosen].id}`}
          aria-label="Command"
          placeholder="Find a page or command"
          value={text}
          onChange={event => {
            setText(event.target.value)
            setChosen(0)
          }}
          onKeyDown={event => {
            if (event.key === 'Escape') onClose()
            else if (event.key === 'Enter') run(found[chosen])
            else if (event.key === 'ArrowDown') setChosen(Math.min(found.length - 1, chosen + 1))
            else if (event.key === 'ArrowUp') setChosen(Math.max(0, chosen - 1))
            else return
            event.preventDefault()
          }}
        />
        <div id={list} role="listbox" aria-label="Commands">
          {found.map((action, index) => (
            <div
              key={action.id}
              id={`${list}-${action.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              onMouseMove={() => setChosen(index)}
              onMouseDown={() => run(action)}
            >
              <span>{action.title}</span>
              <span className="palette-hint">{action.hint}</span>
            </div>
          ))}
          {found.length === 0 && <p className="palette-none">No matching command. Try “stream” or “dark”.</p>}
        </div>
      </div>
    </div>
  )
}
