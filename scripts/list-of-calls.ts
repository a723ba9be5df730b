import { actionsOf, CALLS, type Purpose, type Service } from '../electron/core/targets/calls.ts'

const PURPOSES: Record<Purpose, string> = {
  login: 'getting credentials',
  watch: 'pages and commands that change nothing',
  plan: 'planning',
  apply: 'applying a plan',
  destroy: 'destroying what was applied',
  operate: 'job, stream, objects and tables of a pipeline that is there',
  job: "the streaming job itself, by the role of its cluster's instances",
}

/** The text of docs/aws-calls.md. */
export function listOfCalls(): string {
  const tables = (Object.keys(CALLS) as Service[]).map(service => {
    const rows = Object.entries(CALLS[service]).map(
      ([operation, purposes]) =>
        `- ${operation} (${purposes.join(', ')}): ${actionsOf(service, operation).join(', ') || 'none'}`,
    )
    return `## ${service}\n\n${rows.join('\n')}\n`
  })
  return `# What Sluice calls

Every operation of AWS that Sluice sends, the IAM actions that it needs, and what for. \`npm test\` records the
requests, checks them against AWS's service models, and fails where one is not in this list or a row is never called.
\`node scripts/aws-calls.ts\` writes it from \`electron/core/targets/calls.ts\`. The job on Spark has clients of its
own, of Python and Java.

${Object.entries(PURPOSES)
  .map(([purpose, words]) => `- \`${purpose}\`: ${words}`)
  .join('\n')}

${tables.join('\n')}`
}
