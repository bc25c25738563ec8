/** The least that a signal can cost: a workflow that answers each with one activity on another queue, and does nothing else. */
import { condition, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'

export const poke = defineSignal('poke')

const { react } = proxyActivities<{ react(id: string): Promise<void> }>({
  taskQueue: 'bare-activities',
  startToCloseTimeout: '5s',
})

export async function bare(): Promise<void> {
  setHandler(poke, () => void react(workflowInfo().workflowId))
  await condition(() => false)
}
