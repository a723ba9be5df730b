import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/*
 * Makes the dimension files of the food-delivery pipeline: the same files every time. People, places and addresses are
 * invented; telephone numbers are of the range kept for fiction (555-0100 to 555-0199), e-mail addresses of the domains
 * kept for examples (RFC 2606).
 */
const CITIES: [name: string, weight: number, areaCode: string, streets: string[]][] = [
  ['New York', 26, '212', ['Bleecker St', 'Amsterdam Ave', 'E 14th St', 'Court St', 'Bedford Ave', 'Queens Blvd']],
  ['Chicago', 17, '312', ['N Clark St', 'W Belmont Ave', 'S Halsted St', 'Milwaukee Ave', 'W Division St']],
  ['San Francisco', 15, '415', ['Valencia St', 'Irving St', 'Polk St', 'Clement St', 'Divisadero St']],
  ['Austin', 14, '512', ['S Congress Ave', 'E 6th St', 'Burnet Rd', 'Guadalupe St', 'Manchaca Rd']],
  ['Seattle', 9, '206', ['Pike St', 'Ballard Ave NW', 'Rainier Ave S', 'Broadway E']],
  ['Boston', 8, '617', ['Newbury St', 'Centre St', 'Tremont St', 'Harvard Ave']],
  ['Denver', 6, '303', ['Larimer St', 'S Broadway', 'Tennyson St', 'E Colfax Ave']],
  ['Miami', 5, '305', ['Calle Ocho', 'Collins Ave', 'Biscayne Blvd', 'NW 2nd Ave']],
]
const FIRST = (
  'Ana Noah Mei Omar Zoë Luca Priya Kofi Ingrid Mateo Aisha Björn Chloé Diego Elif Fatima Goran Hana Ivan Jalen ' +
  'Keiko Léa Marcus Nia Oskar Paola Quinn Rosa Samir Tova Uma Viktor Wren Ximena Yusuf Zuri'
).split(' ')
const LAST = (
  "García Smith Nguyen Okafor Müller Patel Johnson Kim O'Neil Rossi Haddad Silva Andersson Chen Dubois Yılmaz " +
  'Novák Brown Ito Mensah López Cohen Kowalski Ahmed Reyes Fischer Park Williams Costa Singh Moreau Jensen'
).split(' ')
const CUISINES: [name: string, weight: number, names: string[]][] = [
  ['Italian', 15, ['Trattoria', 'Osteria', 'Forno']],
  ['Mexican', 14, ['Taquería', 'Cantina', 'La Cocina de']],
  ['Chinese', 12, ['Golden', 'Jade', 'Lucky']],
  ['Burgers', 12, ['Burger House', 'Patty & Sons', 'Smash']],
  ['Indian', 10, ['Tandoor', 'Masala', 'Curry Leaf']],
  ['Japanese', 10, ['Sushi', 'Izakaya', 'Ramen']],
  ['Thai', 9, ['Thai', 'Lemongrass', 'Basil']],
  ['Mediterranean', 8, ['Olive', 'Meze', 'Levant']],
  ['Vegan', 5, ['Green', 'Sprout', 'Root']],
  ['Barbecue', 5, ['Smoke', 'Pit', 'Brisket']],
]
const PLACES = 'Corner Garden Harbor Lantern Terrace Orchard Station Bridge Market Courtyard Window Tower'.split(' ')
const VEHICLES: [name: string, weight: number][] = [
  ['Scooter', 40],
  ['Bicycle', 22],
  ['E-bike', 20],
  ['Car', 18],
]

/** Mulberry32: a small generator with a fixed seed. */
let state = 20_261_102
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let value = Math.imul(state ^ (state >>> 15), 1 | state)
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
  return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
}
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
function weighted<T extends readonly [string, number, ...unknown[]]>(items: readonly T[]): T {
  let left = random() * items.reduce((sum, item) => sum + item[1], 0)
  for (const item of items) {
    left -= item[1]
    if (left < 0) return item
  }
  return items[0] as T
}
const between = (from: number, to: number) => from + Math.floor(random() * (to - from + 1))
const phone = (areaCode: string) => `+1 ${areaCode}-555-01${String(between(0, 99)).padStart(2, '0')}`
const ascii = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[^a-zA-Z]/g, '')
    .toLowerCase()
const rating = (from: number) => (from + random() * (5 - from)).toFixed(1)
const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function write(name: string, columns: string[], rows: (string | number)[][]): void {
  const lines = [columns, ...rows].map(row => row.map(value => cell(String(value))).join(','))
  writeFileSync(fileURLToPath(new URL(`../dims/food-delivery/${name}.csv`, import.meta.url)), `${lines.join('\n')}\n`)
}

const address = (streets: readonly string[]) =>
  `${between(1, 2400)} ${pick(streets)}${random() < 0.3 ? `, Apt ${between(1, 40)}` : ''}`

write(
  'dimCustomers',
  ['CustomerID', 'CustomerName', 'Email', 'Phone', 'Address', 'City', 'RegistrationDate'],
  Array.from({ length: 3_000 }, (_, index) => {
    const [city, , areaCode, streets] = weighted(CITIES)
    const [first, last] = [pick(FIRST), pick(LAST)]
    const day = new Date(Date.UTC(2021, 0, 1) + between(0, 2_100) * 86_400_000).toISOString().slice(0, 10)
    const email = `${ascii(first)}.${ascii(last)}${index + 1}@example.${pick(['com', 'org', 'net'])}`
    return [index + 1, `${first} ${last}`, email, phone(areaCode), address(streets), city, day]
  }),
)
write(
  'dimRestaurants',
  ['RestaurantID', 'RestaurantName', 'Cuisine', 'Address', 'City', 'Phone', 'Rating'],
  Array.from({ length: 320 }, (_, index) => {
    const [city, , areaCode, streets] =
      index < CITIES.length ? (CITIES[index] as (typeof CITIES)[number]) : weighted(CITIES)
    const [cuisine, , names] = weighted(CUISINES)
    return [
      index + 1,
      `${pick(names)} ${pick(PLACES)}`,
      cuisine,
      address(streets).replace(/, Apt.*/, ''),
      city,
      phone(areaCode),
      rating(3),
    ]
  }),
)
write(
  'dimDeliveryRiders',
  ['RiderID', 'RiderName', 'Phone', 'VehicleType', 'VehicleID', 'City', 'Rating'],
  Array.from({ length: 420 }, (_, index) => {
    const [city, , areaCode] = index < CITIES.length ? (CITIES[index] as (typeof CITIES)[number]) : weighted(CITIES)
    const [vehicle] = weighted(VEHICLES)
    const letters = String.fromCharCode(65 + between(0, 25), 65 + between(0, 25))
    const plate = `${letters}-${String(index + 1).padStart(4, '0')}`
    return [index + 1, `${pick(FIRST)} ${pick(LAST)}`, phone(areaCode), vehicle, plate, city, rating(3.5)]
  }),
)
