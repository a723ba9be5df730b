import { contextBridge, ipcRenderer } from 'electron'

/**
 * All that the page has of its window: it may ask for a port to core, say that it was painted, ask for core to be
 * started again, and let its user choose a folder.
 */
contextBridge.exposeInMainWorld('sluiceWindow', {
  requestLink: () => ipcRenderer.send('request-link'),
  painted: () => ipcRenderer.send('painted'),
  retryCore: () => ipcRenderer.send('retry-core'),
  chooseFolder: () => ipcRenderer.invoke('choose-folder'),
})

// A port cannot cross the bridge as a value; it is handed over as a message to the page itself.
ipcRenderer.on('link', event => {
  window.postMessage('sluice-link', location.origin, event.ports)
})
ipcRenderer.on('core-ended', () => {
  window.postMessage('sluice-core-ended', location.origin)
})
ipcRenderer.on('core-state', (_, state: unknown) => {
  window.postMessage({ sluiceCore: state }, location.origin)
})
