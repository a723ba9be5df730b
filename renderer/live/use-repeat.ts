import { useEffect } from 'react'

/** Calls again and again while the page can be seen, and once when it is seen again. `act` must be stable. */
export function useRepeat(act: () => void, everyMs: number | undefined): void {
  useEffect(() => {
    if (everyMs === undefined) return
    let timer: ReturnType<typeof setInterval> | undefined
    const start = () => {
      clearInterval(timer)
      timer = document.hidden ? undefined : setInterval(act, everyMs)
    }
    const onVisible = () => {
      if (!document.hidden) act()
      start()
    }
    start()
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [act, everyMs])
}
