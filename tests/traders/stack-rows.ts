/** Rows of a running stack as another program would write them, and its reports as a browser would ask for them. */
import { expect } from 'vitest'
import { controlToken } from '#config/home.ts'
import type { Stack } from '../support/stack.ts'

/** A time as ClickHouse reads it. */
export const stamp = (ts: number): string => new Date(ts).toISOString().slice(0, 23).replace('T', ' ')

export async function insertRow(stack: Stack, table: string, row: Record<string, unknown>): Promise<void> {
  const url = new URL(stack.runtime().clickhouse_url)
  const query = `INSERT INTO ${table} FORMAT JSONEachRow`
  url.search = new URLSearchParams({ database: 'holdfast', query }).toString()
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(row) })
  expect(answer.ok, await answer.text()).toBe(true)
}

export async function askReport(stack: Stack, path: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${controlToken(stack.home)}` }
  const answer = await fetch(`${stack.runtime().dashboard_url}/api/reports/${path}`, { headers })
  const body = (await answer.json()) as { data: Record<string, unknown> }
  expect(answer.status, JSON.stringify(body)).toBe(200)
  return body.data
}
