import Box from '@cloudscape-design/components/box'
import Modal from '@cloudscape-design/components/modal'
import { PAGES } from '../route/route.ts'

const KEYS: [keys: string, what: string][] = [
  ['Ctrl K', 'Go to a page or do something'],
  ['?', 'These keys'],
  ...PAGES.map(page => [`g ${page.key}`, `Go to ${page.title}`] as [string, string]),
  ['Ctrl Enter', 'Run the statement in the SQL editor'],
]

export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Modal visible header="Keys" onDismiss={onClose} closeAriaLabel="Close">
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
