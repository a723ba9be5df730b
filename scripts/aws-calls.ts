import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { listOfCalls } from './list-of-calls.ts'

/* Writes docs/aws-calls.md from the list of calls (electron/core/targets/calls.ts). */
writeFileSync(fileURLToPath(new URL('../docs/aws-calls.md', import.meta.url)), listOfCalls())
