/** ccxt in JavaScript, unmodified, against a paper exchange. Called with its URL, an address and the folder that holds ccxt. */
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [URL_, ADDRESS, FOLDER] = process.argv.slice(2)
const ccxt = createRequire(join(FOLDER, 'package.json'))('ccxt')
const SYMBOL = 'ETH/USDC:USDC'
let failed = 0

function check(name, holds, seen) {
  if (!holds) failed++
  process.stdout.write(
    `${holds ? 'ok' : 'FAILED'} ${name}${holds ? '' : `: ${JSON.stringify(seen) ?? String(seen)}`}\n`,
  )
}

const exchange = new ccxt.pro.hyperliquid({
  walletAddress: ADDRESS,
  privateKey: `0x${'1'.repeat(64)}`,
  enableRateLimit: false,
})
exchange.urls.api.public = URL_
exchange.urls.api.private = URL_
exchange.urls.api.ws.public = `${URL_.replace('http', 'ws')}/ws`

async function run() {
  // What ccxt asks for before it uses a socket without TLS.
  await exchange.loadHttpProxyAgent()
  const markets = await exchange.loadMarkets()
  check('markets have ETH', SYMBOL in markets)
  const book = await exchange.fetchOrderBook(SYMBOL)
  const mid = (book.bids[0][0] + book.asks[0][0]) / 2
  check('book', book.bids[0][0] < book.asks[0][0], book.bids[0])
  check('candles', (await exchange.fetchOHLCV(SYMBOL, '5m', undefined, 10)).length > 5)
  check('balance', (await exchange.fetchBalance()).USDC.total === 10_000)
  const placed = await exchange.createOrder(SYMBOL, 'limit', 'buy', 0.05, Math.round(mid * 0.8))
  check('limit order', placed.id !== undefined, placed)
  check('open orders', (await exchange.fetchOpenOrders(SYMBOL)).length === 1)
  await exchange.cancelOrder(placed.id, SYMBOL)
  check('canceled', (await exchange.fetchOrder(placed.id, SYMBOL)).status === 'canceled')
  const stream = await exchange.watchOrderBook(SYMBOL)
  check('stream book', stream.bids[0][0] < stream.asks[0][0])
  check('stream trades', (await exchange.watchTrades(SYMBOL)).length > 0)
  const fills = exchange.watchMyTrades(SYMBOL)
  await exchange.fetchTime()
  await exchange.createOrder(SYMBOL, 'market', 'buy', 0.1, mid)
  check('stream my trades', (await fills).length > 0)
  const [position] = await exchange.fetchPositions([SYMBOL])
  check('position', position.contracts === 0.1 && position.side === 'long', position)
  await exchange.createOrder(SYMBOL, 'market', 'sell', 0.1, mid, { reduceOnly: true })
  check('flat', (await exchange.fetchPositions([SYMBOL])).length === 0)
  const error = await exchange
    .createOrder(SYMBOL, 'limit', 'buy', 5_000, Math.round(mid * 0.99))
    .catch((reason) => reason)
  check('no margin is refused', error instanceof ccxt.InsufficientFunds, String(error))
  check(
    'trades with fees',
    (await exchange.fetchMyTrades(SYMBOL)).every(({ fee }) => fee.cost > 0),
  )
}

await run().catch((error) => check('ran to its end', false, String(error?.stack ?? error)))
await exchange.close()
process.stdout.write(`${failed} failed\n`)
process.exit(failed ? 1 : 0)
