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
export function tableOfCalls(): string {
  const rows = (Object.keys(CALLS) as Service[]).flatMap(service =>
    Object.entries(CALLS[service]).map(([operation, purposes]) => {
      const actions = actionsOf(service, operation).map(action => `\`${action}\``)
      return `| ${service} | ${operation} | ${actions.join(', ') || 'none'} | ${purposes.join(', ')} |`
    }),
  )
  return `# What Sluice calls

Every operation of AWS that Sluice sends, the IAM actions that it needs, and what for. \`npm test\` records all requests,
checks each against AWS's service models, and fails where one is not in this table or where a row is never called.
\`node scripts/aws-calls.ts\` writes it from \`electron/core/targets/calls.ts\`. The job on Spark calls by its own clients.

${Object.entries(PURPOSES)
  .map(([purpose, words]) => `- \`${purpose}\`: ${words}`)
  .join('\n')}

| service | operation | actions | for |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}
