import './app/zod-without-eval.ts'
import '@cloudscape-design/global-styles/index.css'
import './ui/theme/theme.css'
import './app/frame.css'
import './app/bar.css'
import './app/switch/pipeline-folders.css'
import './app/switch/switch.css'
import './app/about.css'
import './app/keys.css'
import './app/palette.css'
import './ui/accessible.css'
import './app/notices/notices.css'
import './app/presentation.css'
import './app/narrow.css'
import './ui/page.css'
import './ui/card.css'
import './ui/columns.css'
import './ui/figure.css'
import './ui/lists.css'
import './ui/log.css'
import './ui/chart/chart.css'
import './ui/table/grid.css'
import './ui/table/table.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { keepConnected } from './connection/connection.ts'
import { applyPreferences } from './ui/theme/preferences.ts'

applyPreferences()
keepConnected()
const root = document.getElementById('root')
if (!root) throw new Error('The page has no root element')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
