import http2 from 'node:http2'
import { connect } from 'node:net'
import { ACCESS_KEY } from '../../fixture/open-core.ts'
import { sendRequest } from '../../fixture/raw-request.ts'
import { signedHeaders } from '../../fixture/signed-request.ts'

/** A request that each service answers with 200 when nothing is wrong with it. */
export interface Call {
  service: string
  method: string
  path: string
  headers: Record<string, string>
  body: string
}
const json = (target: string, version: string) => ({
  'x-amz-target': target,
  'content-type': `application/x-amz-json-${version}`,
})
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
export const CALLS: readonly Call[] = [
  { service: 'kinesis', method: 'POST', path: '/', headers: json('Kinesis_20131202.ListStreams', '1.1'), body: '{}' },
  {
    service: 'elasticmapreduce',
    method: 'POST',
    path: '/',
    headers: json('ElasticMapReduce.ListClusters', '1.1'),
    body: '{}',
  },
  {
    service: 'redshift-data',
    method: 'POST',
    path: '/',
    headers: json('RedshiftData.ListStatements', '1.1'),
    body: '{}',
  },
  {
    service: 'monitoring',
    method: 'POST',
    path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
    headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor', accept: 'application/cbor' },
    body: '',
  },
  { service: 'iam', method: 'POST', path: '/', headers: form, body: 'Action=ListRoles&Version=2010-05-08' },
  { service: 'sts', method: 'POST', path: '/', headers: form, body: 'Action=GetCallerIdentity&Version=2011-06-15' },
  { service: 's3', method: 'GET', path: '/', headers: {}, body: '' },
]

export interface Answered {
  status: number
  headers: Record<string, unknown>
  text: string
}

/** The headers of a call with its signature. */
export const signCall = (endpoint: string, call: Call, key = ACCESS_KEY, signingDate?: Date) =>
  signedHeaders(
    { ...call, host: new URL(endpoint).host },
    { key, service: call.service, ...(signingDate && { signingDate }) },
  )

export const overHttp1 = (endpoint: string, { method, path, headers, body }: Call): Promise<Answered> =>
  sendRequest(endpoint, method, path, {
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    body,
  })

/** The same over HTTP/2 with prior knowledge. */
export async function overHttp2(endpoint: string, { method, path, headers, body }: Call): Promise<Answered> {
  const session = http2.connect(endpoint)
  try {
    const stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: body === '' })
    if (body !== '') stream.end(body)
    let answered: http2.IncomingHttpHeaders = {}
    stream.once('response', received => {
      answered = received
    })
    let text = ''
    for await (const piece of stream.setEncoding('utf8')) text += String(piece)
    return { status: Number(answered[':status']), headers: answered, text }
  } finally {
    session.destroy()
  }
}

/** What comes back of bytes as they are, until the connection ends. */
export function overSocket(endpoint: string, ...pieces: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.setEncoding('latin1').on('data', received => {
      text += String(received)
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(text))
  })
}
