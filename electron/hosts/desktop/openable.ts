/** Of so many addresses the newest are remembered: pages show one or two at a time, and presigned ones are renewed. */
const REMEMBERED = 32

/** A Spark UI on this machine: its own address, with no path that could mean something else there. */
const ON_LOOPBACK = /^http:\/\/127\.0\.0\.1:\d{1,5}\/$/

/**
 * The addresses that the window may open in the user's browser: exactly those that core gave to a page, character by
 * character, and of them only what is a page of the web or of Spark on this machine. Nothing is let through for the
 * name of its host.
 */
export function createOpenable(): { add(url: string): void; has(url: string): boolean; forget(): void } {
  let addresses: string[] = []
  return {
    add(url) {
      const page = pageOf(url)
      if (page !== undefined) addresses = [page, ...addresses.filter(other => other !== page)].slice(0, REMEMBERED)
    },
    has: url => addresses.includes(url),
    forget() {
      addresses = []
    },
  }
}

/**
 * The address as a browser writes it, if it is one of a page: never a file, a program or another application's
 * protocol, nor one that hides its host behind a name before an `@`.
 */
function pageOf(text: string): string | undefined {
  if (ON_LOOPBACK.test(text)) return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined
}
