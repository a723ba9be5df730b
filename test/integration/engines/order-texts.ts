/*
 * Orders for the engines to agree on, each with what must become of it: `loaded`, `duplicate`, `late`, or the reason of
 * its quarantine. The fates are those of docs/food-delivery.md; JSON is RFC 8259 with what DuckDB's reader lets pass
 * beside it (trailing commas, NaN, Infinity).
 */

/**
 * A record to be sent. Orders with one key go to one shard, so that which of them is first does not depend on where
 * batches end.
 */
export interface Sent {
  data: Uint8Array
  partitionKey: string
  fate: string
  /** Places it instead of its partition key. */
  explicitHashKey?: string
  /** What it comes apart into, if it is an aggregate; each has its own fate. */
  orders?: Sent[]
  /** It has an order that is not of its shard. */
  misplaced?: boolean
}

/** Greatest event time of the first orders: what is late among those after them is decided by it alone. */
export const GREATEST = '2026-11-02T12:30:00.123Z'
/** 120 minutes before it (spec: `watermarkDelayMinutes`). */
const WATERMARK = '2026-11-02T10:30:00.123Z'

const FIELDS = {
  CustomerID: '7',
  RestaurantID: '8',
  RiderID: '9',
  OrderDate: '"2026-11-02T12:00:00Z"',
  DeliveryTime: '30',
  OrderValue: '20.5',
  DeliveryFee: '2',
  TipAmount: '1.25',
  OrderStatus: '"Placed"',
}
type Field = keyof typeof FIELDS

/** An order as text: its id and some of its members as they are written in JSON; `undefined` leaves one out. */
function orderText(id: string, members: Partial<Record<Field, string | undefined>> = {}): string {
  const all = Object.entries({ ...FIELDS, ...members }).filter(([, value]) => value !== undefined)
  return `{"OrderID":${id},${all.map(([name, value]) => `"${name}":${value}`).join(',')}}`
}

const quoted = (text: string): string => JSON.stringify(text)

const bytes = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? Buffer.from(data, 'utf8') : data)

/** An order with a key of its own. */
export const order = (id: string, fate: string, members: Partial<Record<Field, string | undefined>> = {}): Sent => ({
  data: bytes(orderText(quoted(id), members)),
  partitionKey: id,
  fate,
})

/** A record that is what it is. */
const raw = (partitionKey: string, fate: string, data: string | Uint8Array): Sent => ({
  data: bytes(data),
  partitionKey,
  fate,
})

/** Orders of one field with other values: `[value as JSON, fate]`; `ids` keeps their keys apart. */
const withField = (ids: string, field: Field, values: readonly (readonly [string | undefined, string])[]): Sent[] =>
  values.map(([value, fate], place) => order(`${ids}-${place}`, fate, { [field]: value }))

const digits = (count: number): string => '1234567890'.repeat(Math.ceil(count / 10)).slice(0, count)

/** Every reason that a field can give, and none. */
export function everyReason(): Sent[] {
  const names = Object.keys(FIELDS) as Field[]
  const ints: Field[] = ['CustomerID', 'RestaurantID', 'RiderID', 'DeliveryTime']
  const decimals: Field[] = ['OrderValue', 'DeliveryFee', 'TipAmount']
  const texts: Field[] = ['OrderDate', 'OrderStatus']
  return [
    ...names.flatMap(name =>
      withField(`none-${name}`, name, [
        [undefined, `missing:${name}`],
        ['null', `missing:${name}`],
        ['[]', `wrong_type:${name}`],
        ['{"a":[null]}', `wrong_type:${name}`],
        ['true', `wrong_type:${name}`],
      ]),
    ),
    ...ints.flatMap(name =>
      withField(`int-${name}`, name, [
        ['"12"', `wrong_type:${name}`],
        ['12.5', `wrong_type:${name}`],
        ['12.0', `wrong_type:${name}`],
        ['1e1', `wrong_type:${name}`],
        ['-1', `out_of_range:${name}`],
        ['2147483648', `out_of_range:${name}`],
        ['9223372036854775808', `out_of_range:${name}`],
        ['18446744073709551615', `out_of_range:${name}`],
        ['18446744073709551616', `wrong_type:${name}`],
        ['-9223372036854775809', `wrong_type:${name}`],
        ['NaN', `wrong_type:${name}`],
      ]),
    ),
    ...decimals.flatMap(name =>
      withField(`decimal-${name}`, name, [
        ['"12.5"', `wrong_type:${name}`],
        ['-0.001', `out_of_range:${name}`],
        ['1e30', `out_of_range:${name}`],
        ['NaN', `out_of_range:${name}`],
        ['Infinity', `out_of_range:${name}`],
      ]),
    ),
    ...texts.flatMap(name => withField(`text-${name}`, name, [['12', `wrong_type:${name}`]])),
    ...withField('status', 'OrderStatus', [
      ['"placed"', 'not_in_enum:OrderStatus'],
      ['" Placed"', 'not_in_enum:OrderStatus'],
      ['""', 'not_in_enum:OrderStatus'],
      ['"Placed\\u0000"', 'not_in_enum:OrderStatus'],
      ['"Delivered, at last"', 'too_long:OrderStatus'],
      ['"On the way"', 'loaded'],
      ['"On\\u0020the way"', 'loaded'],
    ]),
    raw('no id', 'missing:OrderID', orderText('null')),
    raw('no id', 'missing:OrderID', orderText('""')),
    raw('no id', 'wrong_type:OrderID', orderText('12')),
    raw('no id', 'missing:OrderID', '{"orderid":"o-1","OrderId":"o-2"}'),
    raw('no id', 'missing:OrderID', '{}'),
  ]
}

/** Texts of every kind as the key of an order, and records that are no text. */
export function unicode(): Sent[] {
  const invalidUtf8 = [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff], [0x80]]
  return [
    order('caf\u00e9', 'loaded'),
    order('cafe\u0301', 'loaded'),
    order('\u{1f355}\u{1f469}\u200d\u{1f373}', 'loaded'),
    raw(
      '\u{1f355}\u{1f469}\u200d\u{1f373}',
      'duplicate',
      orderText('"\\ud83c\\udf55\\uD83D\\uDC69\\u200d\\ud83c\\udf73"'),
    ),
    order('\u0391\u0394 \u0627\u0644 \u4e2d\u6587', 'loaded'),
    order('\ufffd\uffff\u{10ffff}', 'loaded'),
    order('\ufeffbom', 'loaded'),
    order('\u2028\u2029\u0085\u00a0', 'loaded'),
    order('o\'brien"; drop table \\ --', 'loaded'),
    order('\u0001\u001f\u007f\t\n\r', 'loaded'),
    order('comma,|"quote"', 'loaded'),
    order(' ', 'loaded'),
    order('\\N', 'loaded'),
    order('NULL', 'loaded'),
    order('UPPER', 'loaded'),
    order('upper', 'loaded'),
    order('\u00e4'.repeat(18), 'loaded'),
    order('\u00e4'.repeat(19), 'too_long:OrderID'),
    order('x'.repeat(36), 'loaded'),
    order('x'.repeat(37), 'too_long:OrderID'),
    order('a\u0000b', 'loaded'),
    order('\u0000', 'loaded'),
    raw('surrogate', 'not_json', orderText('"\\ud800"')),
    raw('surrogate', 'not_json', orderText('"\\udc00\\ud800"')),
    raw('surrogate', 'not_json', orderText('"\\ud800x"')),
    raw('control', 'not_json', orderText('"a\u0001b"')),
    raw('control', 'not_json', `${orderText('"nul behind"')}\u0000`),
    raw('escape', 'not_json', orderText('"\\x41"')),
    raw('escape', 'not_json', orderText('"\\u12"')),
    raw('bom', 'not_json', `\ufeff${orderText('"behind a bom"')}`),
    raw('utf-16', 'not_utf8', Buffer.from(`\ufeff${orderText('"utf-16"')}`, 'utf16le')),
    ...invalidUtf8.map(sequence =>
      raw(
        'not utf-8',
        'not_utf8',
        Buffer.concat([Buffer.from('{"OrderID":"'), Buffer.from(sequence), Buffer.from('"}')]),
      ),
    ),
    raw('\u{1f511} \u00e9', 'loaded', orderText('"partition key of another kind"')),
  ]
}

/** Records that are JSON, or nearly. */
export function documents(): Sent[] {
  const whole = orderText('"document"')
  const open = (id: string) => orderText(quoted(id)).slice(0, -1)
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  return [
    raw('d', 'not_json', ''),
    raw('d', 'not_json', ' \t\r\n'),
    ...[
      'null',
      '42',
      '"text"',
      '[]',
      `[${whole}]`,
      whole.slice(0, -1),
      whole.slice(1),
      `${whole}}`,
      `${whole} ${whole}`,
    ].map(text => raw('d', 'not_json', text)),
    ...[
      "'a':1",
      'a:1',
      '"a":.5',
      '"a":1.',
      '"a":+1',
      '"a":007',
      '"a":0x10',
      '"a":1_0',
      '"a":True',
      '"a":undefined',
      '"a"',
      ',',
      '"a":1,,',
    ].map(text => raw('d', 'not_json', `${open('not loaded')},${text}}`)),
    raw('d', 'not_json', `${open('not loaded')},"a":1 /* a comment */}`),
    raw('d', 'not_json', `${open('not loaded')}, // a comment\n"a":1}`),
    raw('d', 'loaded', ` \n\t${orderText('"in space"')}\r\n `),
    raw('d', 'loaded', `${open('comma at the end')},}`),
    raw(
      'd',
      'loaded',
      `${open('more members')},"OrderID/x":1,"":2,"~0":3,"$":{"OrderID":"inner"},"a.b":[{"CustomerID":"x"}]}`,
    ),
    raw('d', 'loaded', `${open('first counts')},"OrderID":"second","CustomerID":"no number","OrderDate":null}`),
    raw('d', 'loaded', `{"CustomerID":6,${orderText('"first counts, too"').slice(1)}`),
    raw('d', 'wrong_type:CustomerID', `{"CustomerID":"x",${orderText('"first is wrong"').slice(1)}`),
    raw('d', 'missing:CustomerID', `{"CustomerID":null,${orderText('"first is null"').slice(1)}`),
    raw('d', 'wrong_type:CustomerID', `{"Customer\\u0049D":"x",${orderText('"first is escaped"').slice(1)}`),
    raw('d', 'loaded', `${open('escaped names').replaceAll('"Order', '"\\u004frder')}}`),
    raw('d', 'loaded', `${open('deep')},"deep":${nested(5_000)}}`),
    raw('d', 'loaded', `${open('large')},"large":"${'\u00e4\u{1f355}'.repeat(60_000)}"}`),
    raw(
      'd',
      'loaded',
      `${open('many members')}${Array.from({ length: 3_000 }, (_, place) => `,"m${place}":${place}`).join('')}}`,
    ),
  ]
}

/** Numbers at and beyond what their types hold. */
export function numbers(): Sent[] {
  return [
    ...withField('int', 'CustomerID', [
      ['1', 'loaded'],
      ['0', 'out_of_range:CustomerID'],
      ['-0', 'out_of_range:CustomerID'],
      ['2147483647', 'loaded'],
      [digits(400), 'wrong_type:CustomerID'],
      [digits(5_000), 'wrong_type:CustomerID'],
    ]),
    ...withField('minutes', 'DeliveryTime', [
      ['0', 'loaded'],
      ['-0', 'loaded'],
      ['1440', 'loaded'],
      ['1441', 'out_of_range:DeliveryTime'],
    ]),
    ...withField('value', 'OrderValue', [
      ['-0', 'loaded'],
      ['-0.0', 'loaded'],
      ['0.005', 'loaded'],
      ['1.005', 'loaded'],
      ['2.675', 'loaded'],
      ['0.004999999999999999999999999', 'loaded'],
      ['0.1000000000000000055511151231257827', 'loaded'],
      ['1E2', 'loaded'],
      ['1e+2', 'loaded'],
      ['123456789e-2', 'loaded'],
      ['0.000000000000000000001e22', 'loaded'],
      ['1e-400', 'loaded'],
      ['-1e-400', 'loaded'],
      ['5e-324', 'loaded'],
      ['99999999.99', 'loaded'],
      ['99999999.994', 'loaded'],
      ['99999999.995', 'out_of_range:OrderValue'],
      ['100000000', 'out_of_range:OrderValue'],
      ['18446744073709551616', 'out_of_range:OrderValue'],
      ['1e308', 'out_of_range:OrderValue'],
      ['1.7976931348623157e308', 'out_of_range:OrderValue'],
      [digits(300), 'out_of_range:OrderValue'],
      [`0.${digits(400)}`, 'loaded'],
      [`1${'0'.repeat(300)}e-300`, 'loaded'],
    ]),
    ...withField('beyond double', 'OrderValue', [
      ['1e309', 'out_of_range:OrderValue'],
      ['-1e309', 'out_of_range:OrderValue'],
      ['1e99999', 'out_of_range:OrderValue'],
      [digits(400), 'out_of_range:OrderValue'],
      [digits(5_000), 'out_of_range:OrderValue'],
      [`${digits(400)}.5`, 'out_of_range:OrderValue'],
      [`1${'0'.repeat(400)}e-400`, 'loaded'],
    ]),
    ...withField('fee', 'DeliveryFee', [
      ['999999.99', 'loaded'],
      ['999999.994', 'loaded'],
      ['999999.995', 'out_of_range:DeliveryFee'],
    ]),
  ]
}

/** Event times: none of those that are loaded is after `GREATEST`, so that the watermark stays where it is. */
export function times(): Sent[] {
  const at = (id: string, values: [text: string, fate: string][]) =>
    withField(
      id,
      'OrderDate',
      values.map(([text, fate]) => [quoted(text), fate] as const),
    )
  const wrong = 'wrong_type:OrderDate'
  return [
    ...at('watermark', [
      [WATERMARK, 'loaded'],
      ['2026-11-02T10:30:00.123000', 'loaded'],
      ['2026-11-02T10:30:00.122999Z', 'late'],
      ['2026-11-02T10:30:00.1229999999Z', 'late'],
      ['2026-11-02T10:30:00.122Z', 'late'],
      [GREATEST, 'loaded'],
      ['2026-11-02T12:30:00.123999999Z', 'loaded'],
    ]),
    ...at('before', [
      ['2026-11-02', 'late'],
      ['1969-12-31T23:59:59.9999Z', 'late'],
      ['0001-01-01T00:00:00Z', 'late'],
      ['-0044-03-15T12:00:00Z', 'late'],
      ['0044-03-15 (BC) 12:00:00', 'late'],
      ['epoch', 'late'],
    ]),
    ...at('form', [
      ['2026-11-02T12:00:00.1Z', 'loaded'],
      ['2026-11-02T12:00:00.1234567Z', 'loaded'],
      ['2026-11-02T12:00:00+02:00', 'loaded'],
      ['2026-11-02T12:00:00-0730', 'loaded'],
      ['2026-11-02 12:00:00 UTC', 'loaded'],
      ['2026-11-02 12:00', 'loaded'],
      ['2026/11/2 12:1:2', 'loaded'],
      [' 2026-11-02T12:00:00Z ', 'loaded'],
      ['2026-11-02t12:00:00z', wrong],
      ['2026-11-02T12:00:00 Europe/Berlin', wrong],
      ['20261102T120000Z', wrong],
      ['2026-306T12:00:00Z', wrong],
      ['2026-W45-1', wrong],
      ['2026-11-02T12:60:00Z', wrong],
      ['2026-11-02T23:59:60Z', wrong],
      ['2026-11-02T25:00:00Z', wrong],
      ['2026-02-29T12:00:00Z', wrong],
      ['2026-13-01T12:00:00Z', wrong],
      ['2026-11-02T12:00:00Z and more', wrong],
      ['\u0662\u0660\u0662\u0666-11-02T12:00:00Z', wrong],
      ['\uff12026-11-02', wrong],
      ['2026-11-02\u00a012:00:00', wrong],
      ['2026-11-02T12:00:00\u0000', wrong],
      ['infinity', wrong],
      ['-infinity', wrong],
      ['290000-01-01T00:00:00Z', wrong],
      ['99999999999-01-01', wrong],
      ['tomorrow', wrong],
      ['', wrong],
    ]),
    // A time as a number is none, whatever its unit.
    ...withField('number', 'OrderDate', [['1793620800000', wrong]]),
  ]
}
