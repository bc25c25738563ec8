/** Addresses inside the Temporal UI (2.54): the page of a workflow, and its start form prefilled from the last run of that id. */

export interface TemporalUi {
  temporal_ui_url: string
  temporal_namespace: string
}

/** '' where no UI is known. */
export function workflowLink(ui: TemporalUi | null, workflowId: string): string {
  if (!ui?.temporal_ui_url) return ''
  return `${namespace(ui)}/workflows/${encodeURIComponent(workflowId)}`
}

/** The form takes its JSON input from the last run of the same id and type; the id stays editable. */
export function startFormLink(ui: TemporalUi | null, workflowId: string): string {
  if (!ui?.temporal_ui_url) return ''
  const query = new URLSearchParams({ workflowId, taskQueue: 'orchestrator', workflowType: 'tradingSession' })
  return `${namespace(ui)}/workflows/start-workflow?${query}`
}

export const workflowsLink = (ui: TemporalUi | null): string =>
  ui?.temporal_ui_url ? `${namespace(ui)}/workflows` : ''

const namespace = (ui: TemporalUi): string =>
  `${ui.temporal_ui_url.replace(/\/$/, '')}/namespaces/${encodeURIComponent(ui.temporal_namespace)}`
