import TextFilter from '@cloudscape-design/components/text-filter'
import { count } from './format.ts'

interface SearchFieldProps {
  /** What is sought: its name, and shown while it is empty. */
  label: string
  value: string
  onChange: (text: string) => void
  /** How many were found, where what is typed filters a list. */
  matches?: number
}

/** The field of every search and filter of the page. */
export function SearchField({ label, value, onChange, matches }: SearchFieldProps) {
  return (
    <TextFilter
      filteringText={value}
      filteringAriaLabel={label}
      filteringPlaceholder={label}
      filteringClearAriaLabel="Clear"
      countText={matches === undefined ? '' : `${count(matches)} ${matches === 1 ? 'match' : 'matches'}`}
      onChange={({ detail }) => onChange(detail.filteringText)}
    />
  )
}
