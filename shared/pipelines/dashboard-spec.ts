import { z } from 'zod'

/**
 * One chart over the warehouse. `sql` is Redshift's, with `{schema}` for the sink's schema; its first column are the
 * categories, the second the values, and for `heat` the second the other categories and the third the values.
 */
export const Chart = z.strictObject({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  kind: z.enum(['bar', 'share', 'line', 'heat', 'scatter']),
  /** What the axes show, without units; the names of the query's columns without it. A `share` has none. */
  axes: z.strictObject({ x: z.string(), y: z.string() }).optional(),
  /** Of the values: `min`, `USD`, `orders`. */
  unit: z.string(),
  /** Of the categories, where they are numbers: `h`, `USD`. */
  categoryUnit: z.string().optional(),
  sql: z.string(),
})
export type Chart = z.infer<typeof Chart>
