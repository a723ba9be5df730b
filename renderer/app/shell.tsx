import Icon, { type IconProps } from '@cloudscape-design/components/icon'
import { type ReactNode, useEffect, useState } from 'react'
import { useConnection } from '../connection/connection.ts'
import { useLive } from '../live/live.ts'
import { useSandboxProgram } from '../live/sandbox-program.ts'
import { useTargets } from '../live/targets.ts'
import { useEventWords, useWords } from '../live/use-pipeline.ts'
import { inWords, linkTo, PAGES, type PageId, useRoute } from '../route/route.ts'
import { isDark, usePreferences } from '../ui/theme/preferences.ts'
import { About } from './about.tsx'
import { ClassMark } from './class-mark.tsx'
import { Keys } from './keys.tsx'
import { LoginDialog } from './login-dialog.tsx'
import { LoginMark } from './login-mark.tsx'
import { IdentityNotice } from './notices/identity-notice.tsx'
import { Notices } from './notices/notices.tsx'
import { Palette } from './palette.tsx'
import { Presentation } from './presentation.tsx'
import { PipelineSwitch } from './switch/pipeline-switch.tsx'
import { TargetSwitch } from './switch/target-switch.tsx'
import { UnlockDialog } from './unlock-dialog.tsx'

const ICONS: Record<PageId, IconProps.Name> = {
  home: 'view-full',
  provision: 'settings',
  artifacts: 'upload',
  simulator: 'play',
  stream: 'drag-indicator',
  job: 'redo',
  warehouse: 'folder',
  event: 'search',
  cost: 'ticket',
  calls: 'transcript',
  profiles: 'user-profile',
  protection: 'lock-private',
  audit: 'list-view',
}

/** The frame of every page: where we are, in which account's colour, and the way to everything. */
export function Shell({ children }: { children: ReactNode }) {
  const { page } = useRoute()
  const { current: target } = useTargets()
  const words = { ...useEventWords(), ...useWords() }
  const [open, setOpen] = useState<'palette' | 'keys' | 'about' | undefined>()
  useShortcuts(setOpen)
  const pageTitle = inWords(PAGES.find(entry => entry.id === page)?.title ?? 'Home', words)
  useEffect(() => {
    document.title = `${pageTitle} · Sluice`
  }, [pageTitle])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page starts over
  useEffect(() => {
    // A page is seen from its beginning, whatever was seen of the one before.
    document.getElementById('content')?.scrollTo(0, 0)
  }, [page])
  useEffect(tellPainted, [])
  return (
    <div className="shell" data-class={target?.accountClass} style={target && { '--target': target.colour }}>
      <a className="skip" href="#content">
        Skip to the page
      </a>
      <header className="bar">
        <a className="brand" href={linkTo('home')}>
          <img src="/icon.svg" alt="" width="22" height="22" />
          Sluice
        </a>
        <TargetSwitch />
        <ClassMark />
        <PipelineSwitch />
        <button type="button" className="find" onClick={() => setOpen('palette')}>
          <Icon name="search" size="small" />
          <span>Find a page or command</span>
          <kbd>Ctrl K</kbd>
        </button>
        <LoginMark />
        <ConnectionMark />
        <ModeSwitch />
        <button
          type="button"
          className="bar-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => setOpen('keys')}
        >
          ?
        </button>
        <button
          type="button"
          className="bar-button"
          aria-label="About Sluice"
          title="About Sluice"
          onClick={() => setOpen('about')}
        >
          i
        </button>
      </header>
      <nav className="rail" aria-label="Pages">
        {PAGES.map(entry => (
          <a
            key={entry.id}
            href={linkTo(entry.id)}
            aria-current={entry.id === page ? 'page' : undefined}
            title={inWords(entry.hint, words)}
          >
            <Icon name={ICONS[entry.id]} />
            <span>{inWords(entry.title, words)}</span>
          </a>
        ))}
      </nav>
      <main id="content" className="content" tabIndex={-1}>
        <div className="notices">
          <Notices />
        </div>
        <IdentityNotice />
        {children}
      </main>
      <Presentation />
      <LoginDialog />
      <UnlockDialog />
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} onAbout={() => setOpen('about')} />}
      {open === 'about' && <About onClose={() => setOpen(undefined)} />}
      {open === 'keys' && <Keys onClose={() => setOpen(undefined)} />}
    </div>
  )
}

function ConnectionMark() {
  const state = useConnection(connection => connection.state)
  const isSandboxShown = useLive(live => live.scope.target === 'sandbox')
  const sandbox = useSandboxProgram()
  const isDown = state === 'open' && isSandboxShown && sandbox !== undefined && sandbox.state !== 'running'
  const words = { connecting: 'connecting', open: 'live', lost: 'no connection' }[state]
  return (
    <span className="connection" data-state={isDown ? 'down' : state} role="status">
      <span className="connection-dot" aria-hidden="true" />
      {isDown ? (sandbox.state === 'silent' ? 'sandbox not responding' : 'sandbox down') : words}
    </span>
  )
}

function ModeSwitch() {
  const preferences = usePreferences()
  const dark = isDark(preferences)
  return (
    <button
      type="button"
      className="bar-button"
      aria-label={dark ? 'Light mode' : 'Dark mode'}
      title={dark ? 'Light mode' : 'Dark mode'}
      onClick={() => preferences.set({ mode: dark ? 'light' : 'dark' })}
    >
      {dark ? '☀' : '☾'}
    </button>
  )
}

/** Ctrl/Cmd+K opens the palette, `?` the keys, `g` and a letter goes to a page. */
function useShortcuts(open: (what: 'palette' | 'keys') => void): void {
  useEffect(() => {
    let wentAtMs = 0
    const listener = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        open('palette')
        return
      }
      const typing =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]')
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return
      const page = PAGES.find(entry => entry.key === event.key)
      if (event.key === '?') open('keys')
      else if (event.key === 'g') wentAtMs = event.timeStamp
      else if (page && event.timeStamp - wentAtMs < 1_500) location.hash = linkTo(page.id)
    }
    addEventListener('keydown', listener)
    return () => removeEventListener('keydown', listener)
  }, [open])
}

/**
 * The window shows itself when there is something to see: two frames after the first render it is on the screen's way.
 */
function tellPainted(): void {
  requestAnimationFrame(() => requestAnimationFrame(() => globalThis.sluiceWindow?.painted()))
}
