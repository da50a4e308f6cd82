/** Asks an operator API. @returns the parsed body; throws on any status but the expected one. */
export async function requestApi<T>(
  { address, token }: { readonly address: string; readonly token: string },
  method: string,
  path: string,
  body?: unknown,
  status = 200,
): Promise<T> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}
