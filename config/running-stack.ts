/** Lets a command talk to the stack of its state folder, wherever its ports ended up, as if the variables had been set by hand. */
import { inheritedVariables, loadEnvironment } from '#config/environment.ts'
import { readRuntime } from '#config/runtime-file.ts'

/** Fills the addresses that are not set from the running supervisor's file; without one, nothing changes. */
export function adoptRunningStack(): void {
  const runtime = readRuntime(loadEnvironment().home)
  if (runtime === null || !isAlive(runtime.supervisor.pid)) return
  const set = inheritedVariables()
  const found = {
    TEMPORAL_ADDRESS: runtime.temporal_address,
    HOLDFAST_TEMPORAL_UI_URL: runtime.temporal_ui_url,
    CLICKHOUSE_URL: runtime.clickhouse_url,
    HOLDFAST_EXCHANGE_URL: runtime.exchange_url,
    HOLDFAST_REMOTE_CLICKHOUSE_URL:
      runtime.services.find(({ name }) => name === 'clickhouse-remote')?.url ?? '',
  }
  for (const [name, value] of Object.entries(found)) {
    if (value !== '' && !set[name]) process.env[name] = value
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
