import Box from '@cloudscape-design/components/box'
import Modal from '@cloudscape-design/components/modal'
import { PAGES } from '../route/route.ts'

const KEYS: [keys: string, what: string][] = [
  ['Ctrl K', 'Find a page or command'],
  ['?', 'Show keyboard shortcuts'],
  ...PAGES.map(page => [`g ${page.key}`, `Go to ${page.title}`] as [string, string]),
  ['Ctrl Enter', 'Run the query in the SQL editor'],
]

export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Modal visible header="Keyboard shortcuts" onDismiss={onClose} closeAriaLabel="Close">
      <dl className="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>
              <Box>{what}</Box>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
