/** Small controls that change the query string of a report: a choice of values, and a text field. */
import { useId } from 'preact/hooks'

/** A labelled drop-down; `value` is what the query string says now. */
export function Choice(props: {
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <span class="choice">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        onChange={(event) => props.onChange((event.target as HTMLSelectElement).value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  )
}

/** A labelled text field that asks when it is left or Enter is pressed. */
export function TextField(props: { label: string; value: string; onChange: (value: string) => void }) {
  const id = useId()
  return (
    <span class="choice">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="text"
        value={props.value}
        onChange={(event) => props.onChange((event.target as HTMLInputElement).value.trim())}
      />
    </span>
  )
}
