/** A failure in AWS's own words; every protocol writes it in its own shape. */
export class AwsError extends Error {
  /** The error code as the service's model names it, for instance `ResourceNotFoundException`. */
  readonly code: string
  readonly status: number
  /** Further members of the error's shape, as the model names them. */
  readonly fields: Record<string, unknown>
  constructor(code: string, message: string, status = 400, fields: Record<string, unknown> = {}) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
    this.fields = fields
  }
}

/** What the sandbox answers to an operation that it does not know: 501, with the operation's name. */
export const notImplemented = (service: string, operation: string): AwsError =>
  new AwsError(
    'NotImplemented',
    `The Sluice sandbox does not implement ${service} ${operation}. See docs/sandbox.md for what it does.`,
    501,
  )
