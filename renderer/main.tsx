import './app/zod-without-eval.ts'
import '@cloudscape-design/global-styles/index.css'
import './app/shell.css'
import './ui/ui.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { keepConnected } from './app/connection.ts'
import { applyPreferences } from './app/preferences.ts'

applyPreferences()
keepConnected()
const root = document.getElementById('root')
if (!root) throw new Error('The page has no root element')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
