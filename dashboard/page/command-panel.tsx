/** Orders of people on the session page: enter, reduce, close, change; each with who and why, and its answer. */
// Not here: what each may say (domain/session/command.ts), the kill (kill-dialog.tsx).
import { useState } from 'preact/hooks'
import type { SessionView } from '#dashboard/model.ts'
import { Panel } from '#dashboard/page/parts.tsx'
import { type CommandName, sendCommand } from '#dashboard/page/requests.ts'

const NAMES: readonly { name: CommandName; title: string }[] = [
  { name: 'forceEntry', title: 'Enter' },
  { name: 'reduce', title: 'Reduce' },
  { name: 'forceClose', title: 'Close' },
  { name: 'updateParams', title: 'Change' },
]
const WHO_KEY = 'holdfast-who'

interface Form {
  name: CommandName
  coin: string
  side: 'buy' | 'sell'
  usd: string
  stop_bps: string
  pct: string
  change: string
  by: string
  reason: string
}

const firstForm = ({ coins }: SessionView): Form => ({
  name: 'reduce',
  coin: coins[0] ?? '',
  side: 'buy',
  usd: '',
  stop_bps: '300',
  pct: '50',
  change: '{"limits": {"order_usd_max": 500}}',
  by: globalThis.localStorage?.getItem(WHO_KEY) ?? '',
  reason: '',
})

/** The JSON object of the update. @throws SyntaxError where a change is no JSON */
export function commandBody({ name, ...form }: Form): Record<string, unknown> {
  const who = { by: form.by, reason: form.reason }
  switch (name) {
    case 'forceEntry':
      return {
        ...{ coin: form.coin, side: form.side, usd: Number(form.usd), stop_bps: Number(form.stop_bps) },
        ...who,
      }
    case 'reduce':
      return { coin: form.coin, pct: Number(form.pct), ...who }
    case 'forceClose':
      return { ...(form.coin === '' ? {} : { coin: form.coin }), ...who }
    case 'updateParams':
      return { ...(JSON.parse(form.change) as object), ...who }
  }
}

export function CommandPanel({ session }: { session: SessionView }) {
  const [form, setForm] = useState(() => firstForm(session))
  const [answer, setAnswer] = useState('')
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<Form>): void => setForm({ ...form, ...change })
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    globalThis.localStorage?.setItem(WHO_KEY, form.by)
    setBusy(true)
    setAnswer('ordered…')
    setAnswer(await ask(session.session_id, form))
    setBusy(false)
  }
  return (
    <Panel title="Order it">
      <form class="command" onSubmit={send}>
        <span class="buttons">
          {NAMES.map(({ name, title }) => (
            <button key={name} type="button" aria-pressed={form.name === name} onClick={() => set({ name })}>
              {title}
            </button>
          ))}
        </span>
        <Fields form={form} coins={session.coins} set={set} />
        <label>
          By
          <input required value={form.by} onInput={(event) => set({ by: event.currentTarget.value })} />
        </label>
        <label class="wide">
          Reason
          <input
            required
            value={form.reason}
            onInput={(event) => set({ reason: event.currentTarget.value })}
          />
        </label>
        <button type="submit" disabled={busy}>
          Order
        </button>
        <output>{answer}</output>
      </form>
    </Panel>
  )
}

async function ask(sessionId: string, form: Form): Promise<string> {
  let body: Record<string, unknown>
  try {
    body = commandBody(form)
  } catch {
    return 'the change is no JSON object'
  }
  const answer = await sendCommand(form.name, sessionId, body)
  if (!answer.ok) return `refused: ${answer.message}`
  const { result } = answer.value
  if (!result) return 'changed, from the next decision on'
  const filled = result.orders.map(({ coin, side, filled: sz }) => `${side} ${sz} ${coin}`).join(', ')
  return `${result.status}${result.gate ? ` (${result.gate})` : ''}${filled ? `: ${filled}` : ''}`
}

function Fields({
  form,
  coins,
  set,
}: {
  form: Form
  coins: readonly string[]
  set: (change: Partial<Form>) => void
}) {
  if (form.name === 'updateParams') {
    return (
      <label class="wide">
        params, limits or coins, as JSON
        <input value={form.change} onInput={(event) => set({ change: event.currentTarget.value })} />
      </label>
    )
  }
  return (
    <>
      <label>
        Coin
        <select value={form.coin} onChange={(event) => set({ coin: event.currentTarget.value })}>
          {form.name === 'forceClose' && <option value="">all</option>}
          {coins.map((coin) => (
            <option key={coin}>{coin}</option>
          ))}
        </select>
      </label>
      {form.name === 'reduce' && (
        <NumberField name="Share, %" value={form.pct} onInput={(pct) => set({ pct })} />
      )}
      {form.name === 'forceEntry' && (
        <>
          <label>
            Side
            <select
              value={form.side}
              onChange={(event) => set({ side: event.currentTarget.value === 'sell' ? 'sell' : 'buy' })}
            >
              <option value="buy">buy</option>
              <option value="sell">sell</option>
            </select>
          </label>
          <NumberField name="USD" value={form.usd} onInput={(usd) => set({ usd })} />
          <NumberField name="Stop, bps" value={form.stop_bps} onInput={(stop_bps) => set({ stop_bps })} />
        </>
      )}
    </>
  )
}

function NumberField(props: { name: string; value: string; onInput: (value: string) => void }) {
  return (
    <label>
      {props.name}
      <input
        required
        type="number"
        step="any"
        min="0"
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  )
}
