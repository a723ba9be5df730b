/** How many bytes a base64 text stands for. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** Takes what most texts stand for: it is overwritten by each. */
const scratch = Buffer.allocUnsafe(64 * 1024)

/**
 * Whether a text is base64 with its padding. Node decodes five times as fast as a regular expression matches, and skips
 * what is not base64: then fewer bytes come out than the length says. It also takes the two letters of base64url, and
 * of a wide character its low byte.
 */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false
  const target = text.length <= scratch.length ? scratch : Buffer.allocUnsafe(text.length)
  const isWhole = target.write(text, 'base64') === base64Bytes(text)
  return isWhole && Buffer.byteLength(text) === text.length && !text.includes('-') && !text.includes('_')
}
