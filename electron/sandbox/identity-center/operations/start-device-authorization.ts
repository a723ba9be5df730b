import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { oidcError } from '../errors.ts'
import { knownClient } from '../known-client.ts'
import { oidcOperation } from '../operation.ts'
import { newSecret } from '../state.ts'

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const letters = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')

/**
 * In a region without the instance the request is taken, and fails in the browser only
 * (github.com/aws/aws-cli/issues/5058); a start address that is of no instance is refused (issues/7129).
 */
export const startDeviceAuthorization = oidcOperation({
  name: 'StartDeviceAuthorization',
  path: '/device_authorization',
  input: z.object({ clientId: z.string(), clientSecret: z.string(), startUrl: z.string() }),
  run(state, input) {
    const client = knownClient(state, input)
    if (state.instance && !isSamePlace(state.instance.startUrl, input.startUrl))
      throw oidcError('InvalidRequestException', '')
    const deviceCode = newSecret()
    const userCode = `${letters()}-${letters()}`
    const { device, interval } = state.lifetimes
    state.devices.set(deviceCode, {
      clientId: client.clientId,
      startUrl: input.startUrl,
      userCode,
      expiresMs: state.now() + device * 1_000,
      intervalMs: interval * 1_000,
      askedMs: Number.NEGATIVE_INFINITY,
      decision: 'pending',
    })
    const verificationUri = `${state.endpoint}/device`
    return {
      deviceCode,
      userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
      expiresIn: device,
      interval,
    }
  },
})

/** `https://corp.awsapps.com/start`, with `/#/` at its end or without. */
export const isSamePlace = (one: string, other: string): boolean => withoutEnd(one) === withoutEnd(other)
const withoutEnd = (url: string): string => url.replace(/[/#]+$/, '')
