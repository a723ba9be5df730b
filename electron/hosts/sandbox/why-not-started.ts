/** Why a sandbox could not start, for the person who reads the last line of its log: what is wrong, and what to do. */
export function whyNotStarted(error: unknown, folder: string): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port, path = folder } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken by another program. End that program and try again, or choose another: sluice sandbox --port.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path} cannot be written (${code}). Give this user the right to write there, or choose another folder with --data.`
  if (code === 'ENOSPC' || code === 'EDQUOT') return `There is no room left for ${path} (${code}). Make room, then try again.`
  return error.message
}
