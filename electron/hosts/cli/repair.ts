import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { childEnvironment } from '../child-environment.ts'
import { dataFolder, dataOption, sandboxFolder } from '../data-folder.ts'
import { heldBy } from '../lock/folder-lock.ts'
import { nodePath, programPath } from '../project.ts'
import { noticeOf } from '../sandbox/notice-lines.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { folderUser } from './folder-user.ts'

/**
 * Opens the sandbox's state without what is damaged, which is renamed, and says what is lost with it. Returns 0
 * when it can be opened now. Core needs no repair: it renames what is damaged of its own by itself.
 */
export async function runRepair(options: { data?: string }): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const user = await folderUser(data)
  if (user) throw heldBy(user, 'Nothing was repaired: the folder is in use.')
  if (!existsSync(sandboxFolder(data)))
    throw new ExpectedError({
      code: 'not_found',
      message: `${data} is no data folder: there is no state of a sandbox in it.`,
      hint: 'Name the folder of the sandbox with --data.',
      retryable: false,
    })
  const live = await liveSandbox(data)
  if (live)
    throw new ExpectedError({
      code: 'conflict',
      message: `A sandbox runs on ${data}, at ${live.endpoint}: what it has open is not damaged.`,
      hint: `Stop it first: sluice stop ${dataOption(data)}`,
      retryable: true,
    })
  const child = spawn(nodePath(), [programPath('sandbox'), '--data', data, '--repair'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment('sandbox', process.env),
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  let found = 0
  createInterface({ input: child.stdout }).on('line', line => {
    const notice = noticeOf(line)
    if (!notice) return
    found++
    process.stdout.write(`${[notice.title, notice.detail].filter(Boolean).join('. ')}\n`)
  })
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (exitCode !== 0) {
    process.stderr.write(`${said.trimEnd().split('\n').at(-1)}\n`)
    return 1
  }
  process.stdout.write(found === 0 ? 'Nothing is damaged.\n' : 'The sandbox can be started now.\n')
  return 0
}
