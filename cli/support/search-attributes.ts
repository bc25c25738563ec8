/** Makes sure that a Temporal server knows the search attributes our sessions carry: a server of others knows none of them. */
// Not here: the embedded server, which gets them as flags (workers/support/temporal-flags.ts).
import type { Connection } from '@temporalio/client'
import { HoldfastError } from '#domain/errors.ts'
import { SEARCH_ATTRIBUTES } from '#workflows/names.ts'

/** temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD */
const KEYWORD = 2

/**
 * Registers what is missing.
 * @returns names that were added
 * @throws HoldfastError SEARCH_ATTRIBUTE_TYPE when a name is taken by another type; the SDK's error when the server refuses
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)
  for (const name of names) {
    const type = customAttributes[name]
    if (type === undefined || type === KEYWORD) continue
    throw new HoldfastError(`search attribute ${name} of namespace ${namespace} is not a Keyword`, {
      code: 'SEARCH_ATTRIBUTE_TYPE',
      retryable: false,
      hint: `remove it with \`temporal operator search-attribute remove --name ${name}\`, or use another namespace`,
    })
  }
  const missing = names.filter((name) => customAttributes[name] === undefined)
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]))
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes })
  }
  return missing
}
