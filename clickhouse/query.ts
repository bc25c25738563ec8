/** Named, parameterised queries whose rows are checked: the only way the dashboard, the command line and activities read. */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { HoldfastError } from '#domain/errors.ts'

type Shape = z.ZodObject<z.ZodRawShape>

/** A read with a name. `sql` uses `{name:Type}` for each parameter and selects exactly the columns of `row`. */
export interface NamedQuery<Params extends Shape, RowShape extends Shape> {
  /** Stable word for logs and errors. */
  readonly name: string
  readonly sql: string
  readonly params: Params
  readonly row: RowShape
}

export const defineQuery = <Params extends Shape, RowShape extends Shape>(
  query: NamedQuery<Params, RowShape>,
): NamedQuery<Params, RowShape> => query

/** A count or id that ClickHouse sends as text; refused beyond 2^53, where it would not be exact. */
export const wholeNumber = z.union([z.string(), z.number()]).transform((value, context) => {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  context.addIssue({ code: 'custom', message: `${value} is no whole number below 2^53` })
  return z.NEVER
})

/** A decimal as ClickHouse sends it: text, exact, without trailing zeros. */
export const decimalText = z.union([z.string(), z.number()]).transform(String)

/** A ClickHouse query that failed: keeps the server's code, never the values. */
export class QueryFailedError extends HoldfastError {
  constructor(name: string, cause: unknown) {
    const { code } = cause as { code?: string }
    super(`query ${name} failed`, {
      code: 'QUERY_FAILED',
      retryable: true,
      hint: 'see the cause; is ClickHouse running (`holdfast status`) and migrated (`holdfast migrate`)?',
      cause,
      details: { query: name, clickhouse_code: code ?? '' },
    })
  }
}

/** The server answered rows of another shape than declared: SQL and schema have drifted apart. */
export class QueryShapeError extends HoldfastError {
  constructor(name: string, issue: string) {
    super(`query ${name} answered a row that does not fit: ${issue}`, {
      code: 'QUERY_SHAPE',
      retryable: false,
      hint: 'correct the SQL or the row schema of the query',
      details: { query: name },
    })
  }
}

/**
 * Runs a named query.
 * @throws QueryFailedError when ClickHouse refuses or cannot be reached, QueryShapeError when rows do not fit, ZodError-free
 */
export async function runQuery<Params extends Shape, RowShape extends Shape>(
  client: ClickHouseClient,
  query: NamedQuery<Params, RowShape>,
  params: z.input<Params>,
): Promise<z.output<RowShape>[]> {
  const given = query.params.safeParse(params)
  if (!given.success) throw new QueryShapeError(query.name, `parameters: ${firstIssue(given.error)}`)
  let rows: unknown[]
  try {
    const answer = await client.query({
      query: query.sql,
      query_params: given.data as Record<string, unknown>,
      format: 'JSONEachRow',
    })
    rows = await answer.json()
  } catch (error) {
    throw new QueryFailedError(query.name, error)
  }
  const parsed = z.array(query.row).safeParse(rows)
  if (!parsed.success) throw new QueryShapeError(query.name, firstIssue(parsed.error))
  return parsed.data
}

const firstIssue = (error: z.ZodError): string => {
  const issue = error.issues[0]
  return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`
}
