import { type AwsConfig, type Settings, textOf } from './read-config.ts'

/**
 * Why a profile's calls would go elsewhere than to AWS's own addresses, as the end of a sentence that begins with its
 * name: `endpoint_url`, or a `services` section that has one (AWS SDKs and Tools Reference Guide, "Service-specific
 * endpoints"). Nothing says whose that address is, so Sluice does not use such a profile.
 */
export function elsewhere(config: AwsConfig, profile: Settings): string | undefined {
  if (textOf(profile, 'ignore_configured_endpoint_urls')?.toLowerCase() === 'true') return undefined
  const own = profile.get('endpoint_url')
  if (own) return `endpoint_url sends its calls to ${String(own.value)} (${own.place})`
  const named = profile.get('services')
  const services = textOf(profile, 'services')
  if (!named || services === undefined) return undefined
  for (const [service, { value }] of config.services.get(services) ?? []) {
    const url = typeof value === 'string' ? undefined : value.get('endpoint_url')
    if (url !== undefined)
      return `its services section ${services} sends calls of ${service} to ${url} (${named.place})`
  }
  return undefined
}
