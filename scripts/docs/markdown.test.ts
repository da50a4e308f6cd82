import { describe, expect, it } from 'vitest'
import { headingAnchors, relativeLinks } from './markdown.ts'

describe('relativeLinks', () => {
  it('finds links, images, definitions and attributes, with their lines', () => {
    const text = '[a](b.md#c)\n![d](e.png "title")\n[f]: ../g.md\n<img src="h.png">\n[i](#j)\n'
    expect(relativeLinks(text).sort((a, b) => a.line - b.line)).toEqual([
      { path: 'b.md', fragment: 'c', line: 1 },
      { path: 'e.png', fragment: undefined, line: 2 },
      { path: '../g.md', fragment: undefined, line: 3 },
      { path: 'h.png', fragment: undefined, line: 4 },
      { path: '', fragment: 'j', line: 5 },
    ])
  })

  it('leaves out addresses and code', () => {
    expect(relativeLinks('[a](https://example.org) `[b](c.md)`\n```\n[d](e.md)\n```\n')).toEqual([])
  })
})

describe('headingAnchors', () => {
  it('spells headings as GitHub does', () => {
    const text = '# One two\n## `code`, and more!\n## Again\n## Again\n```\n# no heading\n```\n'
    expect([...headingAnchors(text)]).toEqual(['one-two', 'code-and-more', 'again', 'again-1'])
  })
})
