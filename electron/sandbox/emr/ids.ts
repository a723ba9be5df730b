import { randomBytes, randomInt } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/**
 * An id as EMR makes them: `j-` and 13 letters or digits for a cluster, `s-` for a step, `ig-` for an instance group.
 */
export const emrId = (prefix: 'j' | 's' | 'ig' | 'ci'): string =>
  `${prefix}-${Array.from({ length: 13 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`

/** An id as EC2 makes them: `i-` and 17 hexadecimal digits. */
export const ec2Id = (): string => `i-0${randomBytes(8).toString('hex')}`
