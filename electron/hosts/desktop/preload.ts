import { contextBridge, ipcRenderer } from 'electron'

/** All that the page has of its window: it may ask for a port to core, and say that it was painted. */
contextBridge.exposeInMainWorld('sluiceWindow', {
  requestLink: () => ipcRenderer.send('request-link'),
  painted: () => ipcRenderer.send('painted'),
})

// A port cannot cross the bridge as a value; it is handed over as a message to the page itself.
ipcRenderer.on('link', event => {
  window.postMessage('sluice-link', location.origin, event.ports)
})
ipcRenderer.on('core-ended', () => {
  window.postMessage('sluice-core-ended', location.origin)
})
