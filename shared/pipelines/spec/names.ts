import { z } from 'zod'

/** A column, field, table or query: what SQL takes without quotes. */
export const identifier = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a letter, then letters, digits or underscores')

/** Names a source, an event type or a sink within its spec. */
export const partName = z.string().regex(/^[a-z][a-z0-9_-]*$/, 'a small letter, then small letters, digits, - or _')

/** A pipeline: part of addresses, folders and the names of its AWS resources. */
export const pipelineId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'a small letter, then small letters, digits or -, 40 characters at most')

/** A file of the spec's own folder of SQL or dimensions: no way out of that folder. */
export const relativePath = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.\.?(?:\/|$))[A-Za-z0-9_][A-Za-z0-9_./-]*$/, 'a path below its folder, without . or ..')

/** A prefix of S3 keys: not empty, and ends with a slash. */
export const keyPrefix = z.string().regex(/^[^/].*\/$/, 'a prefix that ends with a slash')
