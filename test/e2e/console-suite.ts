import { afterAll, beforeAll } from 'vitest'
import type { Console } from './open-console.ts'
import { artifactsSuite } from './suite/artifacts.ts'
import { costSuite } from './suite/cost.ts'
import { endingSuite } from './suite/ending.ts'
import { jobSuite } from './suite/job.ts'
import { limitsSuite } from './suite/limits.ts'
import { openedConsole } from './suite/opened-console.ts'
import { pipelineSuite } from './suite/pipeline.ts'
import { shellSuite } from './suite/shell.ts'
import { streamSuite } from './suite/stream.ts'
import { switcherSuite } from './suite/switcher.ts'
import { warehouseSuite } from './suite/warehouse.ts'

/**
 * One console from an empty state to a healthy pipeline and to its end, in the order in which a user does it: each test
 * goes on from the one before. The same for every host.
 */
export function consoleSuite(open: () => Promise<Console>): void {
  let opened: Console
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(async () => {
    await opened?.close()
  })
  const on = openedConsole(() => opened)
  pipelineSuite(on)
  artifactsSuite(on)
  streamSuite(on)
  jobSuite(on)
  warehouseSuite(on)
  switcherSuite(on)
  costSuite(on)
  shellSuite(on)
  endingSuite(on)
  limitsSuite(on)
}
