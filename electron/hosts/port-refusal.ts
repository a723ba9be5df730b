import { ExpectedError } from '../../shared/rpc/contract.ts'

const OTHER_PORT = 'choose another port with --port'

/** Why a port of loopback cannot be listened at; undefined for other errors. */
export function portRefusal(error: unknown): ExpectedError | undefined {
  const { code, syscall, port } = (error ?? {}) as NodeJS.ErrnoException & { port?: number }
  if (syscall !== 'listen') return undefined
  if (code === 'EADDRINUSE')
    return new ExpectedError({
      code: 'conflict',
      message: `Port ${port} of 127.0.0.1 is taken by another program: end that and try again, or ${OTHER_PORT}.`,
      retryable: true,
    })
  if (code === 'EACCES')
    return new ExpectedError({
      code: 'access_denied',
      message:
        `Port ${port} of 127.0.0.1 may not be opened by this user (the system keeps ports below 1024 for itself): ` +
        `${OTHER_PORT}, 1024 or higher.`,
      retryable: false,
    })
  return undefined
}

/**
 * The ports that browsers do not open: Fetch Standard, "bad ports" (https://fetch.spec.whatwg.org/#port-blocking). Port
 * 0 is none: it asks for a free one.
 */
const BLOCKED = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])

/** @throws ExpectedError when no browser would open a page on this port */
export function refuseBlockedPort(port: number): void {
  if (!BLOCKED.has(port)) return
  throw new ExpectedError({
    code: 'invalid_input',
    message:
      `Browsers do not open port ${port}, because another protocol uses it: ${OTHER_PORT}, or leave it out for a ` +
      'free one.',
    retryable: false,
  })
}
