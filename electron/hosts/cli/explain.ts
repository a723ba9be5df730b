import type { AppError } from '../../../shared/rpc/contract.ts'

/** An expected failure as lines: what happened, each of several things, and what to do. */
export const explain = ({ message, details = [], hint }: AppError): string =>
  [`✗ ${message}`, ...details.map(line => `  - ${line}`), ...(hint ? [`  ${hint}`] : [])].join('\n')
