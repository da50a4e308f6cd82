import { describe, expect, it } from 'vitest'
import { lineAt, maskSource } from './source-text.ts'

describe('maskSource', () => {
  it('blanks comments and keeps line numbers', () => {
    const { code } = maskSource("// import 'a'\n/* import 'b'\n */ const c = 1\n")
    expect(code.replaceAll(' ', '')).toBe('\n\nconstc=1\n')
    expect(lineAt(code, code.indexOf('const'))).toBe(3)
  })

  it('replaces string contents by their index', () => {
    expect(maskSource(`f('a', "b'c", 'd\\'e')`)).toEqual({
      code: 'f("0", "1", "2")',
      strings: ['a', "b'c", "d\\'e"],
    })
  })

  it('reads code inside template substitutions, and no text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is source code
    const { code } = maskSource('const a = `import "x" ${f({ b: `Date.now` })} Date.now`; g()')
    expect(code).not.toContain('Date')
    expect(code).toContain('f({ b: "0" })')
    expect(code).toContain('; g()')
  })

  it('takes a template without substitutions for a string', () => {
    expect(maskSource('import(`./a.ts`)')).toEqual({ code: 'import("0")', strings: ['./a.ts'] })
  })

  it('tells regular expressions from division', () => {
    expect(maskSource('const a = /[/"]\'/g; b').code).toBe('const a = 0g; b')
    expect(maskSource(`return /"/.test(x) ? 'y' : z`).strings).toEqual(['y'])
    expect(maskSource(`const a = (b + c) / 2 + d / e + 'f'`).strings).toEqual(['f'])
  })

  it('refuses a literal that never ends', () => {
    expect(() => maskSource("const a = 'b\n")).toThrow('never ends')
    expect(() => maskSource('const a = `b')).toThrow('never ends')
    expect(() => maskSource('/* b')).toThrow('never ends')
  })
})
