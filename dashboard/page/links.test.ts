/** Addresses of the page and of the Temporal UI are built and read as both sides expect. */
import { expect, test } from 'vitest'
import { parseRoute, routeTopic } from '#dashboard/page/route.ts'
import { startFormLink, workflowLink } from '#dashboard/page/temporal-links.ts'

const ui = { temporal_ui_url: 'http://127.0.0.1:8233/', temporal_namespace: 'default' }

test.each([
  ['/', { view: 'overview' }, null],
  ['/data', { view: 'data' }, 'data'],
  [
    '/session/paper/candles-btc',
    { view: 'session', id: 'session/paper/candles-btc' },
    'session/paper/candles-btc',
  ],
  ['/session/paper', { view: 'overview' }, null],
  ['/reports/health', { view: 'report', slug: 'health', search: '' }, null],
])('%s shows %j', (path, route, topic) => {
  expect(parseRoute(path)).toEqual(route)
  expect(routeTopic(parseRoute(path))).toBe(topic)
})

test('the slashes of a session id are escaped in a workflow link', () => {
  expect(workflowLink(ui, 'session/paper/candles-btc')).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/session%2Fpaper%2Fcandles-btc',
  )
})

test('the start form carries id, task queue and type', () => {
  expect(startFormLink(ui, 'session/paper/x')).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/start-workflow?workflowId=session%2Fpaper%2Fx&taskQueue=orchestrator&workflowType=tradingSession',
  )
})

test('without a UI there is no link', () => {
  expect(workflowLink(null, 'x')).toBe('')
  expect(startFormLink({ ...ui, temporal_ui_url: '' }, 'x')).toBe('')
})
