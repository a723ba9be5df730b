import type { LoginEvent, LoginWay } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../../core/errors/expected-error.ts'
import { loginClientConfig } from '../../core/targets/clients.ts'
import { logIn } from '../../core/targets/profiles/login/log-in.ts'
import { createProfiles } from '../../core/targets/profiles/profiles.ts'
import { awsFiles } from '../aws-files.ts'
import { systemClock } from '../clock.ts'
import { hasDisplay, openInBrowser } from '../display.ts'
import { loginHost } from '../login-callback.ts'
import { onEscape } from './escape-key.ts'
import { onInterrupt } from './interrupt.ts'
import { doneLine, waitingLines, waitLine } from './login-text.ts'

export interface LoginCommandOptions {
  profile?: string
  ssoSession?: string
  /** False where the address is shown and not opened. */
  browser: boolean
  deviceCode: boolean
}

const EVERY_MS = 1_000

/** `sluice login`: logs in to IAM Identity Center without the AWS CLI. Ctrl-C or Esc cancels it. */
export async function runLogin(options: LoginCommandOptions): Promise<number> {
  const profiles = createProfiles({ files: awsFiles(process), ...systemClock })
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const { profile = options.ssoSession === undefined ? process.env.AWS_PROFILE || undefined : undefined } = options
  const login = await profiles.loginOf({ profile, ssoSession: options.ssoSession })
  const interrupt = onInterrupt(() => undefined)
  const typed = onEscape(process.stdin, process.stderr)
  const signal = AbortSignal.any([interrupt.signal, typed.signal])
  const parts = { files: profiles.files, host: loginHost, clientConfig: loginClientConfig(), clock: systemClock }
  const waiting = showWaiting()
  try {
    for await (const event of logIn({ ...parts, login, way: wayOf(options) }, signal)) {
      if (event.state === 'done') {
        waiting.end()
        process.stdout.write(`${doneLine(event)}\n`)
      } else if (event.state === 'waiting') {
        const opens = options.browser && hasDisplay(process.env, process.platform)
        waitingLines(event, opens).forEach(say)
        if (opens) openInBrowser(event.url, process, words => say(`! The browser was not opened: ${words}`))
        waiting.begin(event)
      }
      if (event.state !== 'preparing' && event.warning !== null) say(`! ${event.warning}`)
    }
    return 0
  } catch (error) {
    waiting.end()
    if (!signal.aborted) throw new ExpectedError(toAppError(error), { cause: error })
    say('The login was cancelled; nothing was changed.')
    return 130
  } finally {
    typed.forget()
    interrupt.forget()
  }
}

/** Where nobody can see a browser, it is one of another machine, which does not come back to this one. */
const wayOf = ({ browser, deviceCode }: LoginCommandOptions): LoginWay =>
  deviceCode || (browser && !hasDisplay(process.env, process.platform)) ? 'device-code' : 'browser'

/** The time left, written over itself on a terminal once a second; once where there is none. */
function showWaiting() {
  let timer: NodeJS.Timeout | undefined
  const out = process.stderr
  return {
    begin(event: LoginEvent & { state: 'waiting' }): void {
      const line = () => waitLine(event, systemClock.now(), out.isTTY)
      if (!out.isTTY) return void out.write(`${line()}\n`)
      out.write(line())
      timer = setInterval(() => out.write(`\r\x1b[K${line()}`), EVERY_MS)
    },
    end(): void {
      if (timer === undefined) return
      clearInterval(timer)
      timer = undefined
      out.write('\r\x1b[K')
    },
  }
}
