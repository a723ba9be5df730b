import type { Debugger } from './debugger.ts'

/** Longer than this nothing of the page takes to appear. */
const LONGEST_WAIT_MS = 60_000

/**
 * Clicks in the middle of an element, which a script finds, as the mouse does; waits until it is there. @throws Error
 * when it does not come
 */
export async function click(page: Debugger, element: string): Promise<void> {
  const point = await page.evaluate<{ x: number; y: number }>(`
    const find = () => ${element}
    const givesUpAtMs = performance.now() + ${LONGEST_WAIT_MS}
    while (!find()) {
      if (performance.now() > givesUpAtMs) throw new Error('The page has nothing to click on: ' + find)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    find().scrollIntoView({ block: 'nearest' })
    const { left, top, width, height } = find().getBoundingClientRect()
    return { x: left + width / 2, y: top + height / 2 }
  `)
  for (const type of ['mousePressed', 'mouseReleased'])
    await page.send('Input.dispatchMouseEvent', { type, ...point, button: 'left', clickCount: 1 })
}

/** Replaces what is written where the caret is. */
export async function write(page: Debugger, text: string): Promise<void> {
  const selectAll = { key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65, modifiers: 2, commands: ['selectAll'] }
  for (const type of ['keyDown', 'keyUp']) await page.send('Input.dispatchKeyEvent', { type, ...selectAll })
  await page.send('Input.insertText', { text })
}
