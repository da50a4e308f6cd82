import { readFileSync } from 'node:fs'
import { DependencyError, errorMessage } from '@sluice/core'
import { parse } from 'yaml'
import { configFields, type SchemaField } from './fields.ts'
import { nearest } from './nearest.ts'

/** What a configuration file says: values by setting, and what is wrong with its shape. */
export interface FileSettings {
  readonly values: ReadonlyMap<SchemaField, unknown>
  /** One line per fault. */
  readonly problems: readonly string[]
}

/**
 * Reads a `sluice.yaml`.
 *
 * @returns undefined when there is no such file.
 * @throws {DependencyError} `runtime.config.unreadable`: not YAML, or no permission.
 */
export function readConfigFile(path: string): FileSettings | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unreadable(path, error)
  }
  try {
    return collectSettings(parse(text), path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): DependencyError {
  return new DependencyError('runtime.config.unreadable', `${path} cannot be read: ${errorMessage(error)}`, {
    details: { path },
    cause: error,
  })
}

/** Sorts the leaves of a parsed document to settings. An empty document or section sets nothing. */
function collectSettings(document: unknown, file: string): FileSettings {
  const values = new Map<SchemaField, unknown>()
  const problems: string[] = []
  const visit = (value: unknown, key: string): void => {
    const field = configFields.find((each) => each.key === key)
    if (field !== undefined) {
      if (value !== null && value !== undefined) values.set(field, value)
    } else if (value !== null && typeof value === 'object' && !Array.isArray(value) && isSection(key)) {
      for (const [name, child] of Object.entries(value)) visit(child, key === '' ? name : `${key}.${name}`)
    } else if (value !== null || !isSection(key)) {
      problems.push(shapeProblem(file, key))
    }
  }
  visit(document, '')
  return { values, problems }
}

function isSection(key: string): boolean {
  return key === '' || configFields.some((field) => field.key.startsWith(`${key}.`))
}

function shapeProblem(file: string, key: string): string {
  if (key === '') return `${file}: must be a list of settings, such as "profile: source"`
  if (isSection(key)) {
    const example = configFields.find((field) => field.key.startsWith(`${key}.`))
    return `${file}: ${key} is a section, set for example ${example?.key}`
  }
  const like = nearest(
    key,
    configFields.map((field) => field.key),
  )
  return `${file}: there is no setting ${key}${like === undefined ? '' : `; did you mean ${like}?`}`
}
