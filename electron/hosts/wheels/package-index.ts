import { ExpectedError } from '../../../shared/rpc/contract.ts'

/** What pip asks where nothing else is configured (pip install --help, --index-url). */
const DEFAULT_INDEX = 'https://pypi.org/simple'
/** The Simple API's two forms (PyPA, "Simple repository API"); private indexes often have the second one only. */
const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1'
const JSON_FORM = 'application/vnd.pypi.simple.v1+json'

/** A package index of the Simple API, as pip would use it. */
export interface PackageIndex {
  /** Without user and password. */
  address: string
  headersFor(url: URL): Record<string, string>
}

/** The index that PIP_INDEX_URL names, else the one that pip has by itself. */
export function packageIndex(environment: NodeJS.ProcessEnv): PackageIndex {
  const url = new URL((environment.PIP_INDEX_URL || DEFAULT_INDEX).replace(/\/*$/, '/'))
  const { username, password, origin } = url
  url.username = ''
  url.password = ''
  const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return {
    address: url.href,
    // Only the index itself gets the credentials, as pip does it.
    headersFor: (asked): Record<string, string> =>
      username && asked.origin === origin ? { authorization: `Basic ${secret}` } : {},
  }
}

export interface IndexedFile {
  url: URL
  sizeBytes: number | undefined
}

/**
 * Where a file of a project is.
 * @throws ExpectedError where the index does not answer, or has no such file
 */
export async function findFile(
  index: PackageIndex,
  { name, file }: { name: string; file: string },
  signal: AbortSignal,
): Promise<IndexedFile> {
  const page = new URL(`${name.toLowerCase().replace(/[-_.]+/g, '-')}/`, index.address)
  const response = await fetch(page, { headers: { accept: ACCEPT, ...index.headersFor(page) }, signal })
  if (!response.ok)
    throw new ExpectedError({
      code: 'unavailable',
      message: `The package index answers ${response.status} for ${name} (${page.href}).`,
      hint: 'PIP_INDEX_URL of the environment names another index.',
      retryable: true,
    })
  const isJson = response.headers.get('content-type')?.startsWith(JSON_FORM) ?? false
  const found = isJson ? inJson(await response.json(), file) : inHtml(await response.text(), file)
  if (found) return { url: new URL(found.url, response.url || page), sizeBytes: found.size }
  throw new ExpectedError({
    code: 'not_found',
    message: `The package index has no ${file} (${page.href}).`,
    hint: 'A mirror may lag behind or leave it out. PIP_INDEX_URL of the environment names another index.',
    retryable: true,
  })
}

interface Listed {
  url: string
  size: number | undefined
}

function inJson(page: unknown, file: string): Listed | undefined {
  const { files = [] } = page as { files?: { filename: string; url: string; size?: number }[] }
  const found = files.find(({ filename }) => filename === file)
  return found && { url: found.url, size: found.size }
}

function inHtml(page: string, file: string): Listed | undefined {
  for (const [, attributes = '', text = ''] of page.matchAll(/<a\b([^>]*)>([^<]*)<\/a>/gi)) {
    if (text.trim() !== file) continue
    const href = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(attributes)
    const url = href?.[1] ?? href?.[2]
    if (url !== undefined) return { url: url.replaceAll('&amp;', '&'), size: undefined }
  }
  return undefined
}
