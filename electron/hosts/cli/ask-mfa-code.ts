import type { AskMfaCode } from '../../core/targets/profiles/credentials.ts'
import { openTerminal } from './provision/terminal.ts'

/** Asks at the terminal for the code of an MFA device; nothing where there is no terminal. */
export const askMfaCode: AskMfaCode = async ({ profile, device }) => {
  const terminal = openTerminal(process.stdin, process.stderr)
  if (!terminal) return undefined
  try {
    return await terminal.ask(`The role of ${profile} takes the code of the MFA device ${device}: `)
  } finally {
    terminal.close()
  }
}
