import type { ChildProcess } from 'node:child_process'

const LONGEST_END_MS = 10_000

/** Asks a program to end, and ends it when it does not. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS)
  await ended
  clearTimeout(killer)
}
