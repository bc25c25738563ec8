"""ccxt in Python, unmodified, against a paper exchange: markets, books, candles, orders of every kind, positions, streams.

Called with the exchange's URL. Prints one line a check, and ends with code 0 only when all of them held.
"""

import asyncio
import os
import sys

import ccxt
import ccxt.pro

URL = sys.argv[1]
KEY = "0x" + "1" * 64
ADDRESS = sys.argv[2]
SYMBOL = "ETH/USDC:USDC"
failed = 0


def check(name, holds, seen=None):
    global failed
    if not holds:
        failed += 1
    print(f"{'ok' if holds else 'FAILED'} {name}" + ("" if holds else f": {seen!r}"), flush=True)


def connect(module):
    exchange = module.hyperliquid({"walletAddress": ADDRESS, "privateKey": KEY, "enableRateLimit": False})
    exchange.urls["api"]["public"] = URL
    exchange.urls["api"]["private"] = URL
    if "ws" in exchange.urls["api"]:
        exchange.urls["api"]["ws"]["public"] = URL.replace("http", "ws") + "/ws"
    return exchange


def rest():
    ex = connect(ccxt)
    markets = ex.load_markets()
    check("markets have ETH", SYMBOL in markets, list(markets)[:5])
    check("status", ex.fetch_status()["status"] == "ok")
    check("time", ex.fetch_time() > 1_700_000_000_000)
    check("ticker", ex.fetch_ticker(SYMBOL)["last"] is not None, ex.fetch_ticker(SYMBOL))
    check("tickers", SYMBOL in ex.fetch_tickers())
    book = ex.fetch_order_book(SYMBOL)
    check("book", book["bids"][0][0] < book["asks"][0][0], book["bids"][:1])
    check("candles", len(ex.fetch_ohlcv(SYMBOL, "1m", limit=10)) > 5)
    check("funding rates", "fundingRate" in ex.fetch_funding_rates([SYMBOL])[SYMBOL])
    check("open interest", ex.fetch_open_interests([SYMBOL])[SYMBOL]["symbol"] == SYMBOL)
    balance = ex.fetch_balance()
    check("balance", balance["USDC"]["total"] == 10_000, balance["USDC"])
    check("fees", abs(ex.fetch_trading_fee(SYMBOL)["taker"] - 0.00045) < 1e-9)
    mid = (book["bids"][0][0] + book["asks"][0][0]) / 2

    placed = ex.create_order(SYMBOL, "limit", "buy", 0.05, round(mid * 0.8))
    check("limit order", placed["id"] is not None, placed)
    check("open orders", [order["id"] for order in ex.fetch_open_orders(SYMBOL)] == [placed["id"]])
    check("one order", ex.fetch_order(placed["id"], SYMBOL)["status"] == "open")
    edited = ex.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.06, round(mid * 0.8))
    check("edited", edited["id"] is not None, edited)
    newest = ex.fetch_open_orders(SYMBOL)[0]
    check("canceled", ex.cancel_order(newest["id"], SYMBOL)["info"] is not None)
    check("none open", ex.fetch_open_orders(SYMBOL) == [])
    cloid = "0xcc000000000000000000000000000001"
    ex.create_order(SYMBOL, "limit", "buy", 0.05, round(mid * 0.8), {"clientOrderId": cloid, "postOnly": True})
    check("canceled by cloid", ex.cancel_orders([], SYMBOL, {"clientOrderId": cloid}) is not None)
    many = ex.create_orders([{"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.05, "price": round(mid * (0.8 + step / 100))} for step in range(3)])
    check("three orders at once", len(many) == 3, many)
    ex.cancel_orders([order["id"] for order in ex.fetch_open_orders(SYMBOL)], SYMBOL)
    check("all canceled", ex.fetch_open_orders(SYMBOL) == [])

    try:
        ex.create_order(SYMBOL, "limit", "buy", 0.0005, round(mid * 0.8))
        check("too small is refused", False)
    except ccxt.InvalidOrder as error:
        check("too small is refused", "minimum value" in str(error), error)
    try:
        ex.create_order(SYMBOL, "limit", "buy", 5_000, round(mid * 0.99))
        check("no margin is refused", False)
    except ccxt.InsufficientFunds as error:
        check("no margin is refused", True, error)
    try:
        ex.cancel_order("1", SYMBOL)
        check("an unknown order is told", False)
    except ccxt.OrderNotFound as error:
        check("an unknown order is told", True, error)

    ex.set_leverage(10, SYMBOL)
    ex.create_order(SYMBOL, "market", "buy", 0.1, mid)
    position = ex.fetch_position(SYMBOL)
    check("position", position["contracts"] == 0.1 and position["side"] == "long" and position["leverage"] == 10, position)
    stop = ex.create_order(SYMBOL, "market", "sell", 0.1, round(mid * 0.8), {"stopLossPrice": round(mid * 0.8), "reduceOnly": True})
    check("stop", stop["id"] is not None, stop)
    ex.create_order(SYMBOL, "market", "sell", 0.1, mid, {"reduceOnly": True})
    check("flat", ex.fetch_positions([SYMBOL]) == [], ex.fetch_positions([SYMBOL]))
    trades = ex.fetch_my_trades(SYMBOL)
    check("trades with fees", len(trades) >= 2 and trades[-1]["fee"]["cost"] > 0, trades[-1:])
    for order in ex.fetch_open_orders(SYMBOL):
        ex.cancel_order(order["id"], SYMBOL)
    check("closed orders", len(ex.fetch_closed_orders(SYMBOL)) >= 2)
    check("canceled orders", len(ex.fetch_canceled_orders(SYMBOL)) >= 2)
    check("ledger", ex.fetch_ledger("USDC")[0]["type"] is not None)
    check("deposits", len(ex.fetch_deposits("USDC")) == 1)
    check("funding history", ex.fetch_funding_history(SYMBOL, 1) == [])
    twap = ex.create_twap_order(SYMBOL, "buy", 1, 5 * 60 * 1000)
    check("twap", twap["id"] is not None, twap)


async def streams():
    ex = connect(ccxt.pro)
    try:
        await ex.load_markets()
        book = await asyncio.wait_for(ex.watch_order_book(SYMBOL), 10)
        check("stream book", book["bids"][0][0] < book["asks"][0][0])
        check("stream trades", len(await asyncio.wait_for(ex.watch_trades(SYMBOL), 10)) > 0)
        check("stream candles", len(await asyncio.wait_for(ex.watch_ohlcv(SYMBOL, "1m"), 10)) > 0)
        check("stream ticker", (await asyncio.wait_for(ex.watch_ticker(SYMBOL), 10))["symbol"] == SYMBOL)
        check("stream balance", (await asyncio.wait_for(ex.watch_balance(), 10))["USDC"]["total"] > 9_000)
        orders = asyncio.ensure_future(ex.watch_orders(SYMBOL))
        fills = asyncio.ensure_future(ex.watch_my_trades(SYMBOL))
        await asyncio.sleep(1)
        mid = (book["bids"][0][0] + book["asks"][0][0]) / 2
        placed = await ex.create_order_ws(SYMBOL, "market", "buy", 0.05, mid)
        check("order over the socket", placed["id"] is not None, placed)
        check("stream orders", len(await asyncio.wait_for(orders, 10)) > 0)
        check("stream my trades", len(await asyncio.wait_for(fills, 10)) > 0)
        resting = await ex.create_order_ws(SYMBOL, "limit", "buy", 0.05, round(mid * 0.8))
        check("canceled over the socket", (await ex.cancel_order_ws(resting["id"], SYMBOL)) is not None)
    finally:
        await ex.close()


try:
    rest()
except Exception as error:  # a broken client call is a failed check
    check("REST ran to its end", False, error)
try:
    asyncio.run(streams())
except Exception as error:
    check("streams ran to their end", False, error)
print(f"{failed} failed", flush=True)
os._exit(1 if failed else 0)
