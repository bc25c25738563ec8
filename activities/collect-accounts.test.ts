/** Snapshots of accounts: a flat one has a row too, and one that cannot be asked is told, not invented. */
import { expect, test } from 'vitest'
import { createCollectAccountsActivities } from '#activities/collect-accounts.ts'
import type { AccountSnapshotRow, PositionSnapshotRow } from '#clickhouse/tables/accounts.ts'
import { HoldfastError } from '#domain/errors.ts'

const state = {
  ...{ ts: 5, equityUsd: '100', cashUsd: '90', marginUsedUsd: '1', withdrawableUsd: '80', notionalUsd: '20' },
  unrealizedPnlUsd: '10',
}
const held = {
  ...{ coin: 'BTC', sz: '-1', entryPx: '30', markPx: '20', notionalUsd: '-20', unrealizedPnlUsd: '10' },
  ...{
    fundingSinceOpenUsd: '-0.5',
    marginUsedUsd: '1',
    leverage: 20,
    marginMode: 'cross',
    liquidationPx: '0',
  },
}

test('each account has a row, its positions the same time; failures are counted', async () => {
  const snapshots: AccountSnapshotRow[] = []
  const positions: PositionSnapshotRow[] = []
  const warned: object[] = []
  const { snapshotAccounts } = createCollectAccountsActivities({
    clock: { now: () => 9 },
    accounts: () => ['main', 'flat', 'deaf'].map((name) => ({ name, address: `0x${name}` })),
    accountState: async (address) => {
      if (address === '0xdeaf') throw new HoldfastError('no', { code: 'X', retryable: true, hint: '' })
      return { ...state, positions: address === '0xmain' ? [held] : [] }
    },
    writeSnapshots: async (more, rows) => {
      snapshots.push(...more)
      positions.push(...rows)
    },
    warn: (facts) => void warned.push(facts),
  })
  expect(await snapshotAccounts()).toEqual({ accounts: 2, positions: 1, failed: 1 })
  expect(snapshots).toMatchObject([
    { account: 'main', ts: 5, equity_usd: '100', cash_usd: '90', positions: 1, received_ts: 9 },
    { account: 'flat', positions: 0 },
  ])
  expect(positions).toMatchObject([
    { account: 'main', ts: 5, coin: 'BTC', sz: '-1', funding_since_open_usd: '-0.5' },
  ])
  expect(warned).toHaveLength(1)
})
