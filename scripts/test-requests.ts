import { CALLS, type Service } from '../electron/core/targets/calls.ts'
import { checkRequests } from '../test/fixture/check-requests.ts'
import { type Counts, countOf } from './run-tasks.ts'

/**
 * Checks what the tests recorded (SLUICE_RECORD_REQUESTS) against botocore's service models, and that Sluice calls the
 * operations of its own list (electron/core/targets/calls.ts), all of them and no others.
 */
export async function testRequests(print: (line: string) => void, folder: string): Promise<Counts> {
  const { lines, exitCode, called } = await checkRequests(folder)
  for (const line of lines) print(line)
  const wrong = differences(called.map(({ service, operation }) => `${service} ${operation}`))
  for (const line of wrong) print(line)
  return countOf(exitCode === 0 && wrong.length === 0)
}

/** What is called and not listed, and what is listed and never called, in sentences. */
export function differences(called: readonly string[]): string[] {
  const listed = (Object.keys(CALLS) as Service[]).flatMap(service =>
    Object.keys(CALLS[service]).map(operation => `${service} ${operation}`),
  )
  const unlisted = [...new Set(called)].filter(call => !listed.includes(call)).sort()
  const idle = listed.filter(call => !called.includes(call))
  return [
    ...unlisted.map(call => `${call} is called, and electron/core/targets/calls.ts does not say what for.`),
    ...idle.map(call => `${call} is in electron/core/targets/calls.ts, and no test made Sluice call it.`),
  ]
}
