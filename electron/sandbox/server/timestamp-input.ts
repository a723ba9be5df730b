import { z } from 'zod'

/** A time in a request: epoch seconds in JSON, a date in CBOR. Milliseconds come out. */
export const timestampInput = z.union([
  z.number().transform(seconds => seconds * 1000),
  z.date().transform(date => date.getTime()),
])
