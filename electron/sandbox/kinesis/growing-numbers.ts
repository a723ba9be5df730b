/** A list of numbers that grows at its end, packed: 8 bytes each. */
export interface GrowingNumbers {
  readonly length: number
  push(value: number): void
  at(index: number): number
  /** Drops the first `count`. */
  dropFirst(count: number): void
}

export function growingNumbers(): GrowingNumbers {
  let values = new Float64Array(1024)
  let first = 0
  let end = 0
  return {
    get length() {
      return end - first
    },
    push(value) {
      if (end === values.length) {
        const kept = values.subarray(first, end)
        const next = new Float64Array(Math.max(1024, kept.length * 2))
        next.set(kept)
        values = next
        end -= first
        first = 0
      }
      values[end++] = value
    },
    at: index => values[first + index] ?? Number.NaN,
    dropFirst(count) {
      first += count
    },
  }
}

/** The first index whose value is at least `wanted`, of numbers that never fall. */
export function lowerBound(numbers: GrowingNumbers, wanted: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numbers.at(middle) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
