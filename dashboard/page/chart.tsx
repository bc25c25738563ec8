/** Time series drawn with uPlot: one canvas that is fed new data, resized with its panel, and read aloud by a sentence. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { formatDecimal } from '#dashboard/page/format.ts'

export interface Series {
  label: string
  colour: string
  /** Same length as the times; null leaves a gap. */
  values: readonly (number | null)[]
  /** Marks instead of a line. */
  marks?: 'up' | 'down'
  dash?: boolean
  fill?: string
}

const HEIGHT = 210
const GRID = { stroke: '#1c2431', width: 1 }
const AXIS = { stroke: '#8b98ad', grid: GRID, ticks: GRID, font: '11px ui-sans-serif, system-ui, sans-serif' }

/** A triangle a fill, pointing up for a buy and down for a sell. */
function drawMarks(direction: 'up' | 'down', colour: string): uPlot.Series.Points.Show {
  return ((chart: uPlot, at: number) => {
    const { ctx } = chart
    const size = 5 * devicePixelRatio
    const tip = direction === 'up' ? -size : size
    ctx.save()
    ctx.fillStyle = colour
    const times = chart.data[0]
    const values = chart.data[at]
    for (let index = 0; index < times.length; index++) {
      const value = values?.[index]
      const time = times[index]
      if (value === null || value === undefined || time === undefined) continue
      const x = chart.valToPos(time, 'x', true)
      const y = chart.valToPos(value, 'y', true)
      ctx.beginPath()
      ctx.moveTo(x, y + tip)
      ctx.lineTo(x - size, y - tip)
      ctx.lineTo(x + size, y - tip)
      ctx.fill()
    }
    ctx.restore()
    return false
  }) as uPlot.Series.Points.Show
}

function seriesOptions(series: Series): uPlot.Series {
  return {
    label: series.label,
    stroke: series.colour,
    width: series.marks ? 0 : 1.5,
    spanGaps: !series.marks,
    ...(series.dash ? { dash: [4, 3] } : {}),
    ...(series.fill ? { fill: series.fill } : {}),
    points: { show: series.marks ? drawMarks(series.marks, series.colour) : false },
    value: (_chart, value) => (value === null ? '–' : formatTick(value)),
  }
}

/** Beyond so much time the axis tells days, not seconds. */
const DAYS_FROM_SECONDS = 2 * 86_400

const optionsOf = (series: readonly Series[], width: number, seconds: number): uPlot.Options => ({
  width,
  height: HEIGHT,
  tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
  cursor: { y: false, points: { size: 6 } },
  legend: { live: true },
  scales: { x: { time: true }, y: { range: (_chart, low, high) => paddedRange(low, high) } },
  axes: [
    seconds > DAYS_FROM_SECONDS
      ? { ...AXIS, values: [[1, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1]], space: 90 }
      : { ...AXIS, values: [[1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]], space: 80 },
    { ...AXIS, size: 66, values: (_chart, ticks) => ticks.map(formatTick) },
  ],
  series: [
    { label: 'UTC', value: seconds > DAYS_FROM_SECONDS ? '{YYYY}-{MM}-{DD} {HH}:{mm}' : '{HH}:{mm}:{ss}' },
    ...series.map(seriesOptions),
  ],
})

const formatTick = (tick: number | null): string =>
  tick === null ? '' : formatDecimal(String(Number(tick.toPrecision(9))))

/** A tenth of room above and below; a flat line lies in the middle. */
function paddedRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const room = low === high ? Math.max(Math.abs(low) * 0.001, 0.5) : (high - low) * 0.1
  return [low - room, high + room]
}

/** `summary` is what a reader without eyes gets instead of the canvas. Times are epoch ms, ascending. */
export function Chart(props: { times: readonly number[]; series: readonly Series[]; summary: string }) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const data = [
    props.times.map((ts) => ts / 1_000),
    ...props.series.map((one) => one.values),
  ] as uPlot.AlignedData
  const latest = useRef(data)
  latest.current = data
  const seconds = ((props.times.at(-1) ?? 0) - (props.times[0] ?? 0)) / 1_000
  const isLong = seconds > DAYS_FROM_SECONDS
  const shape = `${isLong} ${props.series.map((one) => one.label).join(',')}`

  // A new canvas only when the series change in kind, not in value.
  useEffect(() => {
    const element = place.current
    if (!element) return
    chart.current = new uPlot(
      optionsOf(props.series, element.clientWidth || 600, seconds),
      latest.current,
      element,
    )
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.current?.setSize({ width: element.clientWidth, height: HEIGHT })
    })
    resized.observe(element)
    return () => {
      resized.disconnect()
      chart.current?.destroy()
      chart.current = null
    }
  }, [shape])
  useEffect(() => {
    chart.current?.setData(data)
    // Without a pointer the legend tells the last values.
    if (chart.current?.cursor.idx == null) chart.current?.setLegend({ idx: props.times.length - 1 })
  })

  return (
    <figure class="chart" aria-label={props.summary}>
      <div ref={place} />
      <figcaption class="unseen">{props.summary}</figcaption>
    </figure>
  )
}
