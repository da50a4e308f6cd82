import { describe, expect, it } from 'vitest'
import { scanImports } from './scan-imports.ts'
import { maskSource } from './source-text.ts'

const specifiers = (source: string): (string | undefined)[] =>
  scanImports(maskSource(source)).map((found) => found.specifier)

describe('scanImports', () => {
  it.each([
    ["import a from 'x'"],
    ["import * as a from 'x'"],
    ["import a, { b as c } from 'x'"],
    ["import {\n  a,\n  type B,\n} from 'x'"],
    ["import type { A } from 'x'"],
    ["import type A from 'x'"],
    ["import{a}from'x'"],
    ["import 'x'"],
    ["export * from 'x'"],
    ["export * as a from 'x'"],
    ["export { a } from 'x'"],
    ["export type { A } from 'x'"],
    ["const a = await import('x')"],
    ["let a: import('x').A"],
    ["const a = require('x')"],
    ["import a from 'x' with { type: 'json' }"],
  ])('finds the module of %j', (source) => {
    expect(specifiers(source)).toEqual(['x'])
  })

  it.each([
    ["// import a from 'x'"],
    ['const a = "import b from \'x\'"'],
    ["loader.import('x')"],
    ["const a = Array.from('x')"],
    ['export const from = 1'],
    ['import.meta.url'],
  ])('finds nothing in %j', (source) => {
    expect(specifiers(source)).toEqual([])
  })

  it('reports a computed import', () => {
    expect(specifiers('await import(name)')).toEqual([undefined])
  })

  it('tells type imports, exported names and lines', () => {
    const found = scanImports(
      maskSource("\nimport { a, type B, c as d } from 'x'\nimport type { E } from 'y'"),
    )
    expect(found).toEqual([
      { specifier: 'x', names: ['a', 'B', 'c'], typeOnly: false, line: 2 },
      { specifier: 'y', names: ['E'], typeOnly: true, line: 3 },
    ])
  })
})
