/** One Temporal connection for the length of a command. */
import { connectTemporal, type Operator } from '#cli/support/operator.ts'

export async function withTemporal<T>(
  operator: Operator,
  work: (temporal: Awaited<ReturnType<typeof connectTemporal>>) => Promise<T>,
): Promise<T> {
  const temporal = await connectTemporal(operator)
  try {
    return await work(temporal)
  } finally {
    await temporal.close()
  }
}
