import type { NodeHttpHandler } from '@smithy/node-http-handler'

/** What every client of a profile has in common, those that get its credentials too. */
export interface ClientConfig {
  requestHandler: NodeHttpHandler
  ignoreConfiguredEndpointUrls: true
  defaultsMode: 'legacy'
  /** How the calls name Sluice, in User-Agent. */
  userAgentAppId: string
}

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  expiration?: Date
  accountId?: string
}
