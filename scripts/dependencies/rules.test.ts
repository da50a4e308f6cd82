import { describe, expect, it } from 'vitest'
import { findViolations } from './rules.ts'
import { SCOPE, type Workspace } from './workspace.ts'

interface Sketch {
  readonly path: string
  readonly text?: string
  readonly dependencies?: readonly string[]
  readonly devDependencies?: readonly string[]
  readonly references?: readonly string[]
}

/** A workspace of one package, with one file at `path`. References follow the dependencies unless given. */
function workspaceOf({
  path,
  text = '',
  dependencies = [],
  devDependencies = [],
  references,
}: Sketch): Workspace {
  const [group, name] = path.split('/')
  const siblings = dependencies
    .filter((dependency) => dependency.startsWith(SCOPE))
    .map((dependency) => dependency.slice(SCOPE.length))
  return {
    rootDevDependencies: ['vitest', 'vite'],
    packages: [
      {
        name: name ?? '',
        folder: `${group}/${name}`,
        dependencies,
        devDependencies,
        references: references ?? siblings,
        files: [{ path, text }],
      },
    ],
  }
}

const messages = (sketch: Sketch): string[] =>
  findViolations(workspaceOf(sketch)).map(({ place, message }) => `${place}: ${message}`)

describe('the arrows between layers', () => {
  it('allows imports downwards', () => {
    expect(
      messages({
        path: 'packages/ladder/src/index.ts',
        text: "import { millis } from '@sluice/core'\nimport type { Track } from '@sluice/media'",
        dependencies: ['@sluice/core', '@sluice/media'],
      }),
    ).toEqual([])
  })

  it.each([
    ["import { a } from '@sluice/ladder'"],
    ["import type { A } from '@sluice/ladder'"],
    ["export * from '@sluice/ladder'"],
    ["export async function f() { return import('@sluice/ladder') }"],
  ])('refuses an import upwards: %s', (text) => {
    expect(messages({ path: 'packages/flv/src/a.ts', text })).toEqual([
      'packages/flv/src/a.ts:1: imports ladder: formats (flv) is below decisions (ladder)',
    ])
  })

  it('refuses upward and sideways dependencies of package.json', () => {
    expect(messages({ path: 'packages/media/src/a.ts', dependencies: ['@sluice/cluster'] })).toEqual([
      'packages/media/package.json: depends on cluster: formats (media) is below machinery (cluster)',
    ])
    expect(messages({ path: 'packages/rtmp/src/a.ts', dependencies: ['@sluice/flv'] })).toEqual([
      'packages/rtmp/package.json: depends on flv: formats packages do not import each other, and rtmp → flv is not a listed exception',
    ])
  })

  it('allows the listed sideways arrows in their direction alone', () => {
    expect(messages({ path: 'packages/rtmp/src/a.ts', dependencies: ['@sluice/amf'] })).toEqual([])
    expect(messages({ path: 'packages/amf/src/a.ts', dependencies: ['@sluice/rtmp'] })).toHaveLength(1)
    expect(messages({ path: 'apps/gateway/src/a.ts', dependencies: ['@sluice/ingest'] })).toEqual([])
    expect(messages({ path: 'apps/ingest/src/a.ts', dependencies: ['@sluice/worker'] })).toHaveLength(1)
  })

  it('keeps the testkit to tests', () => {
    const text = "import { split } from '@sluice/testkit'"
    expect(messages({ path: 'packages/flv/src/a.test.ts', text })).toEqual([])
    expect(messages({ path: 'packages/flv/src/a.ts', text })).toEqual([
      'packages/flv/src/a.ts:1: imports testkit: testkit is for tests, bench/ and e2e/',
    ])
  })

  it('wants tsconfig references and package.json to agree', () => {
    const path = 'packages/flv/src/a.ts'
    expect(messages({ path, dependencies: ['@sluice/core'], references: ['media'] })).toEqual([
      'packages/flv/tsconfig.json: does not refer to core, which package.json depends on',
      'packages/flv/tsconfig.json: refers to media, which package.json does not depend on',
    ])
  })

  it('refuses a package that the drawing does not show', () => {
    expect(messages({ path: 'packages/novel/src/a.ts' })).toEqual([
      'packages/novel/package.json: novel is in no layer: add it to scripts/dependencies/layers.ts',
    ])
  })
})

describe('imports and package.json', () => {
  it('refuses an import that package.json does not name', () => {
    expect(messages({ path: 'packages/store/src/a.ts', text: "import pino from 'pino'" })).toEqual([
      'packages/store/src/a.ts:1: imports pino, which packages/store/package.json does not name',
    ])
  })

  it('lets tests use the tools of the root, and sources not', () => {
    const text = "import { it } from 'vitest'"
    expect(messages({ path: 'packages/store/src/a.test.ts', text })).toEqual([])
    expect(messages({ path: 'packages/store/src/a.ts', text })).toHaveLength(1)
  })

  it('lets the web app bundle its devDependencies', () => {
    const text = "import Hls from 'hls.js'"
    expect(messages({ path: 'apps/web/src/a.ts', text, devDependencies: ['hls.js'] })).toEqual([])
    expect(messages({ path: 'apps/origin/src/a.ts', text, devDependencies: ['hls.js'] })).toHaveLength(1)
  })

  it('refuses paths that leave the package and deep imports', () => {
    const path = 'packages/flv/src/tag/a.ts'
    expect(messages({ path, text: "import '../b.ts'" })).toEqual([])
    expect(messages({ path, text: "import '../../../core/src/time.ts'" })).toHaveLength(1)
    const deep = "import '@sluice/core/src/time.ts'"
    expect(messages({ path, text: deep, dependencies: ['@sluice/core'] })).toHaveLength(1)
  })

  it('refuses a computed import', () => {
    expect(messages({ path: 'packages/store/src/a.ts', text: 'await import(name)' })).toHaveLength(1)
  })

  it('keeps fluent-ffmpeg in its package', () => {
    const sketch = { text: "import ffmpeg from 'fluent-ffmpeg'", dependencies: ['fluent-ffmpeg'] }
    expect(messages({ path: 'packages/ffmpeg/src/a.ts', ...sketch })).toEqual([])
    expect(messages({ path: 'apps/worker/src/a.ts', ...sketch })).toHaveLength(2)
  })
})

describe('layers 0 to 2', () => {
  it.each([
    ["import { readFile } from 'node:fs/promises'"],
    ["import net from 'node:net'"],
    ["import { get } from 'node:http'"],
    ["import { spawn } from 'node:child_process'"],
    ["import { setTimeout } from 'node:timers/promises'"],
    ["import { randomBytes } from 'node:crypto'"],
    ["import { createHmac, randomBytes } from 'node:crypto'"],
    ["import crypto from 'node:crypto'"],
    ['export const a = Date.now()'],
    ['export const a = new Date()'],
    ['export const a = Math.random()'],
    ['export const a = process.env.HOME'],
    ['setTimeout(f, 1)'],
  ])('refuse %s', (text) => {
    expect(messages({ path: 'packages/rtmp/src/a.ts', text })).toHaveLength(1)
    expect(messages({ path: 'packages/rtmp/src/a.test.ts', text })).toEqual([])
  })

  it('allow keyed digests in rtmp, and nowhere else', () => {
    const text = "import { createHmac } from 'node:crypto'"
    expect(messages({ path: 'packages/rtmp/src/a.ts', text })).toEqual([])
    expect(messages({ path: 'packages/flv/src/a.ts', text })).toHaveLength(1)
  })

  it('may name the machine in comments, strings and properties', () => {
    const text = "// Date.now\nexport const a = 'Math.random'\nexport const b = clock.Date.now"
    expect(messages({ path: 'packages/flv/src/a.ts', text })).toEqual([])
  })
})
