import { lineAt, type MaskedSource } from './source-text.ts'

/** One import of a module, whatever its form. */
export interface ModuleImport {
  /** As written: `@sluice/core`, `./errors.ts`, `node:fs`; undefined for `import(expression)`. */
  readonly specifier: string | undefined
  /** Imported names (`readFile`), as the module exports them; empty for `*`, default, side-effect and dynamic forms. */
  readonly names: readonly string[]
  /** True when the compiler erases it: `import type`, `export type`, or `import('x').T` in a type is not told apart. */
  readonly typeOnly: boolean
  readonly line: number
}

const STATIC =
  /(?<![.\w$])(?:import|export)(?![\w$])\s*(type(?=[\s{*])\s*)?([\w$\s,*]*(?:\{[^}]*\})?)\s*(?<![\w$])from\s*"(\d+)"/g
const SIDE_EFFECT = /(?<![.\w$])import\s*"(\d+)"/g
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*("(\d+)"\s*[,)])?/g

/** Finds static, type, dynamic, `require` and re-exporting imports of a masked source, in order of their kind. */
export function scanImports({ code, strings }: MaskedSource): ModuleImport[] {
  const found: ModuleImport[] = []
  for (const match of code.matchAll(STATIC)) {
    found.push({
      specifier: strings[Number(match[3])],
      names: namesOf(match[2] ?? ''),
      typeOnly: match[1] !== undefined,
      line: lineAt(code, match.index),
    })
  }
  for (const match of code.matchAll(SIDE_EFFECT)) {
    found.push({
      specifier: strings[Number(match[1])],
      names: [],
      typeOnly: false,
      line: lineAt(code, match.index),
    })
  }
  for (const match of code.matchAll(CALL)) {
    found.push({
      specifier: match[2] === undefined ? undefined : strings[Number(match[2])],
      names: [],
      typeOnly: false,
      line: lineAt(code, match.index),
    })
  }
  return found
}

/** The exported names in `{ a, type b, c as d }`: a, b and c. */
function namesOf(clause: string): string[] {
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  return braces
    .split(',')
    .map((entry) => /^(?:type\s+)?([\w$]+)/.exec(entry.trim())?.[1])
    .filter((name) => name !== undefined)
}
