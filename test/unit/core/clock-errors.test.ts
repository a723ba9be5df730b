import { expect, it } from 'vitest'
import { toAppError } from '../../../electron/core/errors/expected-error.ts'

const refusal = (name: string, message: string, status: number) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } })

it.each([
  ['S3', refusal('RequestTimeTooSkewed', 'The difference between the request time and now is too large.', 403)],
  ['Kinesis', refusal('InvalidSignatureException', 'Signature expired: 20261201T110000Z is now earlier than x', 400)],
  ['STS', refusal('SignatureDoesNotMatch', 'Signature not yet current: 20261201T130000Z is still later than x', 403)],
])('a clock that is an hour off is reported as that, and not as a missing login, where %s refuses it', (_, error) => {
  expect(toAppError(error)).toMatchObject({
    code: 'failed',
    message: expect.stringContaining("The clock of this machine is another one than AWS's: "),
    hint: expect.stringContaining('Set the clock'),
    retryable: true,
  })
})

it('a signature that is wrong for another reason says nothing of clocks', () => {
  const error = refusal('SignatureDoesNotMatch', 'The request signature we calculated does not match.', 403)
  expect(toAppError(error).message).not.toContain('clock')
})
