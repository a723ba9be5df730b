import { lookup } from 'node:dns'
import { Agent } from 'node:https'
import { BlockList, type LookupFunction } from 'node:net'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { ExpectedError } from '../../../shared/rpc/contract.ts'

/**
 * The domains of AWS, of all partitions: `dnsSuffix` and `dualStackDnsSuffix` of the SDK's partitions (@aws-sdk/core,
 * util-endpoints/lib/aws/partitions), and those at which `aws login` gets its tokens (nested-clients/signin, endpoint
 * rules).
 */
const AWS_DOMAINS = [
  'amazonaws.com',
  'api.aws',
  'amazonaws.com.cn',
  'api.amazonwebservices.com.cn',
  'amazonaws.eu',
  'api.amazonwebservices.eu',
  'c2s.ic.gov',
  'api.aws.ic.gov',
  'sc2s.sgov.gov',
  'api.aws.scloud',
  'cloud.adc-e.uk',
  'api.cloud-aws.adc-e.uk',
  'csp.hci.ic.gov',
  'api.aws.hci.ic.gov',
  'signin.aws.amazon.com',
  'signin.aws',
  'signin.amazonaws.cn',
  'amazonaws-us-gov.com',
  'signin.c2shome.ic.gov',
  'signin.sc2shome.sgov.gov',
  'signin.csphome.hci.ic.gov',
  'signin.csphome.adc-e.uk',
  'signin.amazonaws-eusc.eu',
]
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z]+$/

/** Where a request is about to be sent, as the SDK's handler gets it. */
export interface Address {
  protocol: string
  hostname: string
  port?: number | undefined
  username?: string | undefined
  password?: string | undefined
}

const hasUser = ({ username, password }: Address): boolean => (username ?? '') !== '' || (password ?? '') !== ''

/**
 * Whether an address is one of AWS: https, to a name below one of its domains. An IP address, a port, a user name or a
 * dot at the end makes it another.
 */
export function isAwsAddress(address: Address): boolean {
  const { protocol, hostname, port } = address
  const name = hostname.toLowerCase()
  if (protocol !== 'https:' || hasUser(address) || (port !== undefined && port !== 443) || !HOST_NAME.test(name))
    return false
  return AWS_DOMAINS.some(domain => name.endsWith(`.${domain}`))
}

/** The address of a sandbox: loopback by number or as `localhost`, over http. @throws Error when it is anything else */
export function sandboxAddress(endpoint: string | undefined): URL {
  const url = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint) : undefined
  const onLoopback =
    url && (url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname))
  if (!url || !onLoopback || url.protocol !== 'http:' || url.username !== '' || url.password !== '')
    throw new Error(`The sandbox must be on loopback, not at ${endpoint ?? 'AWS'}.`)
  return url
}

/** Whether a request goes to this very sandbox. */
export function isSandboxAddress(sandbox: URL, address: Address): boolean {
  const port = address.port ?? 80
  return (
    address.protocol === sandbox.protocol &&
    address.hostname === sandbox.hostname &&
    port === Number(sandbox.port || 80) &&
    !hasUser(address)
  )
}

const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 60_000 }
const SOCKETS = { keepAlive: true, maxSockets: 64 }

/** Sends requests to the sandbox at this address, and nowhere else. */
export const sandboxHandler = (sandbox: URL): NodeHttpHandler =>
  checked(new NodeHttpHandler({ ...TIMEOUTS, httpAgent: SOCKETS }), address =>
    isSandboxAddress(sandbox, address)
      ? undefined
      : new Error(`A client of the sandbox at ${sandbox.origin} was about to call ${shown(address)}.`),
  )

/**
 * Sends requests to AWS, and nowhere else: the floor below all clients of an account, those of its credentials too,
 * whatever the environment, a profile, the rules of a service or an answer that redirects made of the address. Agents
 * of its own, so that no proxy of the environment applies; certificates are checked even under
 * NODE_TLS_REJECT_UNAUTHORIZED=0.
 */
export const awsHandler = (): NodeHttpHandler =>
  checked(
    new NodeHttpHandler({
      ...TIMEOUTS,
      httpAgent: SOCKETS,
      httpsAgent: new Agent({ ...SOCKETS, rejectUnauthorized: true, lookup: lookupElsewhere }),
    }),
    address => (isAwsAddress(address) ? undefined : notAws(shown(address))),
  )

/** The last check of an address before a socket is opened. */
function checked(handler: NodeHttpHandler, refusal: (address: Address) => Error | undefined): NodeHttpHandler {
  const send = handler.handle.bind(handler)
  handler.handle = async (request, options) => {
    const refused = refusal(request)
    if (refused) throw refused
    return send(request, options)
  }
  return handler
}

const THIS_MACHINE = new BlockList()
THIS_MACHINE.addSubnet('127.0.0.0', 8)
THIS_MACHINE.addSubnet('0.0.0.0', 8)
// Link-local: the metadata services of machines and containers.
THIS_MACHINE.addSubnet('169.254.0.0', 16)
THIS_MACHINE.addSubnet('fe80::', 10, 'ipv6')
THIS_MACHINE.addSubnet('fd00:ec2::', 32, 'ipv6')
THIS_MACHINE.addAddress('::', 'ipv6')
THIS_MACHINE.addAddress('::1', 'ipv6')

/** Whether an IP address, also one of IPv4 written as one of IPv6, is this machine's own or link-local. */
export const isThisMachine = (address: string, family: number): boolean =>
  THIS_MACHINE.check(address, family === 6 ? 'ipv6' : 'ipv4')

/** Resolves a name as Node does; one of AWS that resolves to this machine is not believed. */
const lookupElsewhere: LookupFunction = (hostname, options, callback) =>
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const here = addresses.find(({ address, family }) => isThisMachine(address, family))
    if (here) return callback(notAws(`${hostname}, which this machine resolves to ${here.address}`), [])
    const [first] = addresses
    if (options.all || !first) callback(null, addresses)
    else callback(null, first.address, first.family)
  })

const shown = ({ protocol, hostname, port }: Address): string =>
  `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`

const notAws = (where: string): ExpectedError =>
  new ExpectedError({
    code: 'access_denied',
    message: `Sluice calls AWS at AWS's own addresses only, and was about to call ${where}.`,
    hint:
      'See which region and endpoint the profile names. Endpoints of one’s own (endpoint_url, AWS_ENDPOINT_URL) ' +
      'are not used.',
    retryable: false,
  })
