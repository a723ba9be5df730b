import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'

/** Asks for a time in UTC, and what a reset to it would mean. */
export function AskTime({ setTime }: { setTime: (time: string | undefined) => void }) {
  const [text, setText] = useState('')
  const ms = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number.NaN
  return (
    <div className="ask-time">
      <Input
        value={text}
        ariaLabel="Timestamp to reset to, UTC"
        placeholder="2026-11-25 14:00"
        invalid={text !== '' && Number.isNaN(ms)}
        onChange={({ detail }) => setText(detail.value)}
      />
      <Button disabled={Number.isNaN(ms)} onClick={() => setTime(new Date(ms).toISOString())}>
        Add this timestamp
      </Button>
      <span className="note">UTC, as 2026-11-25 14:00</span>
    </div>
  )
}
