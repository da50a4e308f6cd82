import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path/posix'
import { FLUENT_FFMPEG_OWNER, forbiddenArrow, isPure, layerOf, PURE_NODE_NAMES } from './layers.ts'
import { type ModuleImport, scanImports } from './scan-imports.ts'
import { lineAt, type MaskedSource, maskSource } from './source-text.ts'
import { SCOPE, type SourceFile, type Workspace, type WorkspacePackage } from './workspace.ts'

/** One broken rule. `place` is a path, with a line where there is one: `packages/flv/src/tag.ts:3`. */
export interface Violation {
  readonly place: string
  readonly message: string
}

/** What code of layers 0 to 2 must get as an argument, each with the words for the report. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])Date\s*\.\s*now\b/g, 'Date.now: take the time as an argument'],
  [/\bnew\s+Date\s*\(\s*\)/g, 'new Date(): take the time as an argument'],
  [/(?<![.\w$])performance\s*\.\s*now\b/g, 'performance.now: take the time as an argument'],
  [/(?<![.\w$])Math\s*\.\s*random\b/g, 'Math.random: take random bytes as an argument'],
  [/(?<![.\w$])crypto\s*\.\s*\w+/g, 'the global crypto: take random bytes as an argument'],
  [/(?<![.\w$])process\s*\.\s*\w+/g, 'process: take settings as arguments'],
  [/(?<![.\w$])(?:setTimeout|setInterval|setImmediate)\s*\(/g, 'a timer: layers 0 to 2 do not wait'],
  [/(?<![.\w$])fetch\s*\(/g, 'fetch: layers 0 to 2 know no network'],
  [/(?<![.\w$])console\s*\.\s*\w+/g, 'console: return a value or an event'],
]

/** Checks every package of the workspace; an empty result means that the code agrees with the drawing. */
export function findViolations(workspace: Workspace): Violation[] {
  return workspace.packages.flatMap((pkg) => [
    ...manifestViolations(pkg),
    ...pkg.files.flatMap((file) => fileViolations(pkg, file, workspace)),
  ])
}

/** The arrows of package.json, and that tsconfig.json refers to exactly the same packages. */
function manifestViolations(pkg: WorkspacePackage): Violation[] {
  const violations: Violation[] = []
  const add = (file: string, message: string): void => {
    violations.push({ place: `${pkg.folder}/${file}`, message })
  }
  const siblings = (names: readonly string[]): string[] =>
    names.filter((name) => name.startsWith(SCOPE)).map((name) => name.slice(SCOPE.length))

  if (layerOf(pkg.name) === undefined) {
    add('package.json', `${pkg.name} is in no layer: add it to scripts/dependencies/layers.ts`)
    return violations
  }
  const named = siblings(pkg.dependencies)
  for (const [names, inTest] of [
    [named, false],
    [siblings(pkg.devDependencies), true],
  ] as const) {
    for (const name of names) {
      const reason = forbiddenArrow(pkg.name, name, inTest)
      if (reason !== undefined) add('package.json', `depends on ${name}: ${reason}`)
    }
  }
  if (pkg.dependencies.includes('fluent-ffmpeg') && pkg.name !== FLUENT_FFMPEG_OWNER) {
    add('package.json', `depends on fluent-ffmpeg: only ${FLUENT_FFMPEG_OWNER} may`)
  }
  if (pkg.references !== undefined) {
    for (const name of named.filter((dependency) => pkg.references?.includes(dependency) === false)) {
      add('tsconfig.json', `does not refer to ${name}, which package.json depends on`)
    }
    for (const name of pkg.references.filter((reference) => !named.includes(reference))) {
      add('tsconfig.json', `refers to ${name}, which package.json does not depend on`)
    }
  }
  return violations
}

function fileViolations(pkg: WorkspacePackage, file: SourceFile, workspace: Workspace): Violation[] {
  let source: MaskedSource
  try {
    source = maskSource(file.text)
  } catch (error) {
    return [{ place: file.path, message: `cannot be read: ${String(error)}` }]
  }
  const inTest = isTestFile(file.path)
  const violations = scanImports(source).flatMap((found) => {
    const message = importProblem(pkg, file, found, inTest, workspace)
    return message === undefined ? [] : [{ place: `${file.path}:${found.line}`, message }]
  })
  if (isPure(pkg.name) && !inTest) {
    for (const [pattern, words] of IMPURE) {
      for (const match of source.code.matchAll(pattern)) {
        violations.push({
          place: `${file.path}:${lineAt(source.code, match.index)}`,
          message: `uses ${words}`,
        })
      }
    }
  }
  return violations
}

function importProblem(
  pkg: WorkspacePackage,
  file: SourceFile,
  found: ModuleImport,
  inTest: boolean,
  workspace: Workspace,
): string | undefined {
  const { specifier } = found
  if (specifier === undefined) return 'imports a computed name, which cannot be checked'
  if (specifier.startsWith('.')) {
    const target = join(dirname(file.path), specifier)
    return target.startsWith(`${pkg.folder}/`) ? undefined : `imports ${specifier}, outside its package`
  }
  if (specifier.startsWith('node:')) {
    return isPure(pkg.name) && !inTest ? pureNodeProblem(pkg.name, specifier, found.names) : undefined
  }
  if (builtinModules.includes(specifier)) return `imports ${specifier}: write node:${specifier}`

  const name = packageNameOf(specifier)
  if (name === 'fluent-ffmpeg' && pkg.name !== FLUENT_FFMPEG_OWNER) {
    return `imports fluent-ffmpeg: only ${FLUENT_FFMPEG_OWNER} may`
  }
  if (name.startsWith(SCOPE)) {
    const sibling = name.slice(SCOPE.length)
    const reason = forbiddenArrow(pkg.name, sibling, inTest)
    if (reason !== undefined) return `imports ${sibling}: ${reason}`
    if (specifier !== name) return `imports ${specifier}: packages are imported by their entry alone`
  }
  return isNamed(pkg, name, found, inTest, workspace)
    ? undefined
    : `imports ${name}, which ${pkg.folder}/package.json does not name`
}

/** Whether package.json answers for the import: tests may also use the root's tools and the testkit. */
function isNamed(
  pkg: WorkspacePackage,
  name: string,
  found: ModuleImport,
  inTest: boolean,
  workspace: Workspace,
): boolean {
  if (pkg.dependencies.includes(name)) return true
  // The bundler copies what the web app imports into its output: nothing is left to install at run time.
  const bundled = pkg.name === 'web'
  if (inTest || found.typeOnly || bundled) {
    if (pkg.devDependencies.includes(name)) return true
  }
  return (
    (inTest || isToolConfig(found, bundled)) &&
    (workspace.rootDevDependencies.includes(name) || name === `${SCOPE}testkit`)
  )
}

function isToolConfig(found: ModuleImport, bundled: boolean): boolean {
  return bundled && found.specifier === 'vite'
}

function pureNodeProblem(pkg: string, specifier: string, names: readonly string[]): string | undefined {
  const allowed = PURE_NODE_NAMES[pkg]?.[specifier]
  if (allowed === undefined) return `imports ${specifier}: layers 0 to 2 know nothing of the machine`
  const refused = names.filter((name) => !allowed.includes(name))
  if (names.length > 0 && refused.length === 0) return undefined
  return `imports ${refused.join(', ') || 'all'} of ${specifier}: only ${allowed.join(', ')} are pure`
}

/** `@scope/name/deep/file` → `@scope/name`; `name/deep` → `name`. */
function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isTestFile(path: string): boolean {
  return /\.test\.tsx?$|\/(?:test|testing)\//.test(path)
}
