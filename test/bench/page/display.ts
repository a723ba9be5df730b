import { type ChildProcess, spawn } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'

/** A part of the display, in pixels from its upper left corner. */
export interface Region {
  left: number
  top: number
  width: number
  height: number
}

/** A display that nobody sees, and whose pixels can be read without asking anybody. */
export interface Display {
  /** What DISPLAY must say. */
  name: string
  /** The pixels of a region as they are now, four bytes each. */
  read(region: Region): Promise<Buffer>
  close(): Promise<void>
}

const WIDTH = 1920
const HEIGHT = 1080
const BYTES_A_PIXEL = 4
const WORD = 4
/**
 * XWDFile.h: words of the header that say its size, the bytes of a line, and the colours (12 bytes each) that follow
 * it.
 */
const HEADER = { size: 0, bytesPerLine: 12 * WORD, colours: 19 * WORD, length: 25 * WORD }
const COLOUR_BYTES = 12

/**
 * Starts Xvfb with its frame buffer in a file of `folder` (Xvfb(1), -fbdir): reading it costs the server and the window
 * nothing.
 */
export async function startDisplay(folder: string): Promise<Display> {
  if (process.platform !== 'linux') throw new Error('The page is measured on Linux: it needs Xvfb and /proc')
  const screen = `${WIDTH}x${HEIGHT}x24`
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', screen, '-nolisten', 'tcp', '-fbdir', folder], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await numberOf(server)
  const file = await open(join(folder, 'Xvfb_screen0'), 'r')
  const { firstPixel, bytesPerLine } = await layoutOf(file)
  return {
    name: `:${number}`,
    async read({ left, top, width, height }) {
      const lines = Buffer.alloc(height * bytesPerLine)
      await file.read(lines, 0, lines.length, firstPixel + top * bytesPerLine)
      const pixels = Buffer.alloc(height * width * BYTES_A_PIXEL)
      for (let line = 0; line < height; line++) {
        const from = line * bytesPerLine + left * BYTES_A_PIXEL
        lines.copy(pixels, line * width * BYTES_A_PIXEL, from, from + width * BYTES_A_PIXEL)
      }
      return pixels
    },
    async close() {
      await file.close()
      const ended = new Promise(resolve => server.once('exit', resolve))
      server.kill()
      await ended
    },
  }
}

/** Whether a region shows more than one colour: something is drawn on its background. */
export function isDrawnOn(pixels: Buffer): boolean {
  const first = pixels.readUInt32LE(0)
  for (let at = BYTES_A_PIXEL; at < pixels.length; at += BYTES_A_PIXEL)
    if (pixels.readUInt32LE(at) !== first) return true
  return false
}

function numberOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(new Error('Xvfb could not be started (Debian: apt-get install xvfb)', { cause: error })),
    )
    server.once('exit', code => reject(new Error(`Xvfb ended with ${code}`)))
    server.stdio[3]?.once('data', data => resolve(String(data).trim()))
  })
}

async function layoutOf(file: FileHandle): Promise<{ firstPixel: number; bytesPerLine: number }> {
  const header = Buffer.alloc(HEADER.length)
  await file.read(header, 0, header.length, 0)
  return {
    firstPixel: header.readUInt32BE(HEADER.size) + header.readUInt32BE(HEADER.colours) * COLOUR_BYTES,
    bytesPerLine: header.readUInt32BE(HEADER.bytesPerLine),
  }
}
