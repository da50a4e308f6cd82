import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { openApiDocument } from './openapi.ts'

it('docs/openapi.json is what the API says of itself (npx tsx --conditions=source scripts/write-openapi.ts)', async () => {
  const written = await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(await openApiDocument())))
})

it('every answer of the API is documented, and every reference leads somewhere', async () => {
  const text = JSON.stringify(await openApiDocument())
  const document = JSON.parse(text) as {
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
    components: { schemas: Record<string, unknown> }
  }
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1])
  expect(references.length).toBeGreaterThan(0)
  for (const reference of references)
    expect(document.components.schemas).toHaveProperty(reference?.split('/').at(-1) ?? '')
  for (const [path, methods] of Object.entries(document.paths)) {
    if (!path.startsWith('/v1')) continue
    for (const { responses } of Object.values(methods))
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '503']))
  }
})
