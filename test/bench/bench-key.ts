/** What requests to the sandbox of a bench are signed with. */
export const BENCH_KEY = { accessKeyId: 'bench', secretAccessKey: 'bench' }
