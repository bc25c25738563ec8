/** Search attributes on a server that knows none of ours: added once, and a name of another type is refused. */
import { Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureSearchAttributes } from '#cli/support/search-attributes.ts'
import { SEARCH_ATTRIBUTES } from '#workflows/names.ts'
import { missingTemporal, startTemporal, type TestTemporal } from '../support/temporal-server.ts'
import { waitUntil } from '../support/wait-until.ts'

describe.skipIf(missingTemporal() !== null)('on a real server', () => {
  let server: TestTemporal
  let connection: Connection
  beforeAll(async () => {
    server = await startTemporal()
    connection = await Connection.connect({ address: server.address })
  })
  afterAll(async () => {
    await connection?.close()
    await server?.stop()
  })

  const newNamespace = async (namespace: string) => {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    })
    await waitUntil(
      `namespace ${namespace}`,
      () => connection.operatorService.listSearchAttributes({ namespace }),
      30_000,
    )
  }
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)

  test('the embedded server has them all from its flags', async () => {
    expect(await ensureSearchAttributes(connection, 'default')).toEqual([])
  })

  test('another namespace gets them, once', async () => {
    await newNamespace('fresh')
    expect((await ensureSearchAttributes(connection, 'fresh')).sort()).toEqual(names.sort())
    await waitUntil(
      'the server to show them',
      async () => (await ensureSearchAttributes(connection, 'fresh')).length === 0,
      30_000,
    )
  })

  test('a name that is taken by another type is refused', async () => {
    await newNamespace('taken')
    const searchAttributes = { HoldfastState: 3 } // INDEXED_VALUE_TYPE_INT
    await connection.operatorService.addSearchAttributes({ namespace: 'taken', searchAttributes })
    await waitUntil(
      'the refusal',
      () =>
        ensureSearchAttributes(connection, 'taken').then(
          () => false,
          (error: { code?: string }) => error.code === 'SEARCH_ATTRIBUTE_TYPE',
        ),
      30_000,
    )
  })
})
