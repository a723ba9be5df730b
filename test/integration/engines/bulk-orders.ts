import { order, type Sent } from './order-texts.ts'

/** Of every so many orders, one is sent again at once, one again a batch later, one is invalid. */
const AGAIN = 7
const MUCH_LATER = 11
const INVALID = 13
/** More than a batch of the test holds. */
const LATER_BY = 500

/**
 * Orders of `minutes` after a time, some of them invalid, some sent twice: right away, and so much later that it is in
 * another batch. None is late as long as no order before them is two hours younger.
 */
export function bulk(prefix: string, count: number, from: string, minutes: number): Sent[] {
  const sent: Sent[] = []
  const repeated: { at: number; order: Sent }[] = []
  for (let number = 0; number < count; number++) {
    const at = new Date(Date.parse(from) + (number / count) * minutes * 60_000).toISOString()
    const isInvalid = number % INVALID === 0
    const made = order(`${prefix}-${number}`, isInvalid ? 'out_of_range:RiderID' : 'loaded', {
      OrderDate: JSON.stringify(at),
      OrderValue: `${(number * 37) % 9_000}.${String(number % 100).padStart(2, '0')}`,
      ...(isInvalid && { RiderID: '-1' }),
    })
    sent.push(made)
    const repeat = { ...made, fate: isInvalid ? made.fate : 'duplicate' }
    if (number % AGAIN === 0) sent.push(repeat)
    if (number % MUCH_LATER === 0) repeated.push({ at: sent.length + LATER_BY, order: repeat })
    while (repeated[0] && repeated[0].at <= sent.length) sent.push((repeated.shift() as { order: Sent }).order)
  }
  return [...sent, ...repeated.map(entry => entry.order)]
}
