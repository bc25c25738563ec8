/** One report on the page: asks for it, asks again while it is looked at, and says when it could not be had. */
// Not here: how each is drawn (registry.ts names them).
import { useEffect, useState } from 'preact/hooks'
import { Age, Empty } from '#dashboard/page/parts.tsx'
import { REPORT_PAGES } from '#dashboard/page/reports/registry.ts'
import { changeSearch } from '#dashboard/page/route.ts'

const ASK_EVERY_MS = 5_000

type Answer =
  | { kind: 'waiting' }
  | { kind: 'answered'; as_of_ts: number; data: unknown; trouble: string }
  | { kind: 'refused'; message: string }

/** The answer of one address, kept while a later request fails. */
function useReport(address: string): Answer {
  const [answer, setAnswer] = useState<Answer>({ kind: 'waiting' })
  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const fail = (message: string): void =>
      setAnswer((was) =>
        was.kind === 'answered' ? { ...was, trouble: message } : { kind: 'refused', message },
      )
    const turn = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const response = await fetch(address, { signal: abort.signal })
          const body = (await response.json()) as {
            as_of_ts: number
            data: unknown
            error?: { message: string; hint: string }
          }
          if (body.error) fail(`${body.error.message} (${body.error.hint})`)
          else setAnswer({ kind: 'answered', as_of_ts: body.as_of_ts, data: body.data, trouble: '' })
        } catch (error) {
          if (abort.signal.aborted) return
          fail(`the dashboard server cannot be reached: ${(error as Error).message}`)
        }
      }
      timer = setTimeout(turn, ASK_EVERY_MS)
    }
    setAnswer({ kind: 'waiting' })
    void turn()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [address])
  return answer
}

export function ReportView({ slug, search, now }: { slug: string; search: string; now: number }) {
  const page = REPORT_PAGES.find((each) => each.slug === slug)
  const answer = useReport(`/api/reports/${slug}${search}`)
  if (!page) return <Empty>There is no report of this name.</Empty>
  if (answer.kind === 'waiting') return <Empty>Waiting for the first figures…</Empty>
  if (answer.kind === 'refused') return <Empty>{answer.message}</Empty>
  const params = Object.fromEntries(new URLSearchParams(search))
  const ask = (change: Readonly<Record<string, string>>): void => changeSearch({ ...params, ...change })
  return (
    <>
      <h1 class="report-title">
        {page.title} <Age ts={answer.as_of_ts} now={now} staleMs={3 * ASK_EVERY_MS} label="as of" />
      </h1>
      {answer.trouble && (
        <p class="stale" role="status">
          ⚠ {answer.trouble}
        </p>
      )}
      <page.view data={answer.data} now={now} params={params} ask={ask} />
    </>
  )
}
