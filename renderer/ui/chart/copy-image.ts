import { saveFile } from '../table/export.ts'

/**
 * Gives the picture of a chart to the clipboard; as a file where the page may not write to it. Resolves with what
 * became of it, in words for the user.
 */
export async function copyImage(name: string, canvas: HTMLCanvasElement | undefined): Promise<string> {
  if (!canvas) return 'no image while the table is shown'
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve))
  if (!blob) return 'the image could not be created'
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })])
    return 'copied'
  } catch {
    saveFile(`${name}.png`, blob)
    return 'saved as a file: the clipboard is not available to this page'
  }
}
