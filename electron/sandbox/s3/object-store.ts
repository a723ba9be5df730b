/**
 * The objects of the sandbox's S3 for the services beside it: COPY and UNLOAD read and write files, EMR writes its
 * logs.
 */
export interface ObjectStore {
  /** Whether the bucket is there. */
  hasBucket(bucket: string): boolean
  /** The objects below a prefix, in the order of their keys (UTF-8 bytes). */
  list(bucket: string, prefix: string): Promise<{ key: string; sizeBytes: number }[]>
  /**
   * The file that holds an object's bytes; undefined when there is no such object. It may be replaced, never changed in
   * place.
   */
  locate(bucket: string, key: string): Promise<{ path: string; sizeBytes: number; etag: string } | undefined>
  /**
   * Stores bytes, or takes a file over (it is moved). On disk when the promise resolves, as for a PutObject that was
   * answered.
   */
  put(bucket: string, key: string, body: Uint8Array | { file: string }, contentType?: string): Promise<void>
  delete(bucket: string, key: string): Promise<void>
}
