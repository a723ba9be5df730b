import { describe, expect, it } from 'vitest'
import { createOpenable } from '../../../electron/hosts/desktop/openable.ts'

describe('the addresses that the window opens in the browser', () => {
  it('are those that core gave, to the character, until core is gone', () => {
    const openable = createOpenable()
    const url = 'https://p-1.emrappui-prod.us-east-1.amazonaws.com/shs?token=a%2Fb'
    openable.add(url)
    openable.add('http://127.0.0.1:4040/')
    expect(openable.has(url)).toBe(true)
    expect(openable.has('http://127.0.0.1:4040/')).toBe(true)
    for (const other of [
      `${url}&more`,
      'https://p-1.emrappui-prod.us-east-1.amazonaws.com/',
      'https://console.aws.amazon.com/',
      'http://127.0.0.1:4040/jobs/',
      'http://localhost:4040/',
    ])
      expect(openable.has(other), other).toBe(false)
    openable.forget()
    expect(openable.has(url)).toBe(false)
  })

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smb://server/share',
    'http://example.com/',
    'http://127.0.0.1:4040/jobs/',
    'https://aws.amazon.com@evil.example/',
    'nonsense',
    '',
  ])('are pages only, whoever gave them: not %s', url => {
    const openable = createOpenable()
    openable.add(url)
    expect(openable.has(url)).toBe(false)
  })

  it('are known as the browser writes them, and the newest 32 of them', () => {
    const openable = createOpenable()
    openable.add('https://EXAMPLE.amazonaws.com?x=1')
    expect(openable.has('https://example.amazonaws.com/?x=1')).toBe(true)
    for (let port = 1; port <= 32; port++) openable.add(`http://127.0.0.1:${port}/`)
    expect(openable.has('https://example.amazonaws.com/?x=1')).toBe(false)
    expect(openable.has('http://127.0.0.1:1/')).toBe(true)
  })
})
