import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A source file of a package, with its path from the repository root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** What the dependency rules need to know of one workspace package. */
export interface WorkspacePackage {
  /** Name without scope: `rtmp`. */
  readonly name: string
  /** Folder from the repository root: `packages/rtmp`. */
  readonly folder: string
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  /** Names (without scope) of the packages its tsconfig.json refers to; undefined without a tsconfig.json. */
  readonly references: readonly string[] | undefined
  readonly files: readonly SourceFile[]
}

/** The whole repository, as the dependency rules see it. */
export interface Workspace {
  readonly packages: readonly WorkspacePackage[]
  /** devDependencies of the root: tools and test libraries that every test may import. */
  readonly rootDevDependencies: readonly string[]
}

/** The scope of every package of this repository. */
export const SCOPE = '@sluice/'

/** Reads the packages below `packages/` and `apps/` of the repository at `root`. */
export function readWorkspace(root: string): Workspace {
  const packages = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')))
      .map((entry) => readPackage(root, `${group}/${entry.name}`)),
  )
  return {
    packages,
    rootDevDependencies: Object.keys(readManifest(join(root, 'package.json')).devDependencies),
  }
}

function readPackage(root: string, folder: string): WorkspacePackage {
  const { name, dependencies, devDependencies } = readManifest(join(root, folder, 'package.json'))
  return {
    name: name.replace(SCOPE, ''),
    folder,
    dependencies: Object.keys(dependencies),
    devDependencies: Object.keys(devDependencies),
    references: readReferences(join(root, folder, 'tsconfig.json')),
    files: sourcesBelow(join(root, folder)).map((path) => ({
      path: relative(root, path),
      text: readFileSync(path, 'utf8'),
    })),
  }
}

interface Manifest {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

function readManifest(path: string): Manifest {
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>
  return {
    name: manifest.name ?? '',
    dependencies: manifest.dependencies ?? {},
    devDependencies: manifest.devDependencies ?? {},
  }
}

function readReferences(path: string): string[] | undefined {
  if (!existsSync(path)) return undefined
  const config = JSON.parse(readFileSync(path, 'utf8')) as { references?: readonly { path: string }[] }
  return (config.references ?? []).map((reference) => reference.path.split('/').at(-1) ?? reference.path)
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      return ['dist', 'node_modules', 'fixtures'].includes(entry.name) ? [] : sourcesBelow(path)
    }
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}
