/** A link of a Markdown document to another file of the repository, or to a heading. */
export interface RelativeLink {
  /** As written, without the fragment; empty for a link within the document. */
  readonly path: string
  /** The part behind `#`, undefined without one. */
  readonly fragment: string | undefined
  readonly line: number
}

/** Links and images of a document that are no addresses (`https:`, `mailto:`). Code is not looked at. */
export function relativeLinks(markdown: string): RelativeLink[] {
  const text = withoutCode(markdown)
  const found: RelativeLink[] = []
  const inline = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g
  const definitions = /^\[[^\]]+\]:\s*(\S+)/gm
  const attributes = /\b(?:src|href)="([^"]+)"/g
  for (const pattern of [inline, definitions, attributes]) {
    for (const match of text.matchAll(pattern)) {
      const target = match[1] ?? ''
      if (/^[a-z][a-z+.-]*:/i.test(target)) continue
      const [path = '', fragment] = target.split('#')
      found.push({ path, fragment, line: text.slice(0, match.index).split('\n').length })
    }
  }
  return found
}

/** The fragments that GitHub gives to a document's headings. */
export function headingAnchors(markdown: string): Set<string> {
  const anchors = new Set<string>()
  for (const match of withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = (match[1] ?? '')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    let anchor = slug
    for (let repeated = 1; anchors.has(anchor); repeated++) anchor = `${slug}-${repeated}`
    anchors.add(anchor)
  }
  return anchors
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replaceAll(/[^\n]/g, ' '))
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, (code) => ' '.repeat(code.length))
}
