"""The official Python SDK, unmodified, against a paper exchange: information, orders, errors, streams, agents, accounting.

Called with the exchange's URL. Prints one line a check, and ends with code 0 only when all of them held.
"""

import os
import sys
import time

import eth_account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
from hyperliquid.utils.types import Cloid

URL = sys.argv[1]
KEY = "0x" + "1" * 64
OTHER_KEY = "0x" + "2" * 64
failed = 0


def check(name, holds, seen=None):
    global failed
    if not holds:
        failed += 1
    print(f"{'ok' if holds else 'FAILED'} {name}" + ("" if holds else f": {seen!r}"), flush=True)


def status_of(answer):
    assert answer["status"] == "ok", answer
    return answer["response"]["data"]["statuses"][0]


def wait_for(what, look, seconds=10):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if look():
            return True
        time.sleep(0.05)
    check(f"waited for {what}", False)
    return False


wallet = eth_account.Account.from_key(KEY)
other = eth_account.Account.from_key(OTHER_KEY)
info = Info(URL)
exchange = Exchange(wallet, URL)
user = wallet.address


def information():
    meta = info.meta()
    check("meta lists BTC", meta["universe"][0]["name"] == "BTC", meta)
    mids = info.all_mids()
    check("mids are decimals", float(mids["ETH"]) > 0, mids)
    book = info.l2_snapshot("BTC")
    check("book has 20 levels a side", [len(side) for side in book["levels"]] == [20, 20], book)
    now = int(time.time() * 1000)
    candles = info.candles_snapshot("BTC", "1m", now - 3_600_000, now)
    check("an hour of candles", 60 <= len(candles) <= 62, len(candles))
    check("contexts follow the universe", len(info.meta_and_asset_ctxs()[1]) == len(meta["universe"]))
    check("spot meta has USDC first", info.spot_meta()["tokens"][0]["name"] == "USDC")
    check("spot contexts", len(info.spot_meta_and_asset_ctxs()) == 2)
    check("only the main dex", info.perp_dexs() == [None])
    check("funding history is a list", isinstance(info.funding_history("BTC", now - 3_600_000), list))
    check("fees are tier 0", info.user_fees(user)["userCrossRate"] == "0.00045", info.user_fees(user))
    check("portfolio has eight periods", len(info.portfolio(user)) == 8)
    check("rate limit", info.user_rate_limit(user)["nRequestsCap"] >= 10_000)
    check("role", info.user_role(user) == {"role": "user"}, info.user_role(user))
    check("an unknown address has a state of zeros", info.user_state("0x" + "9" * 40)["withdrawable"] == "0.0")
    for name in ["user_staking_delegations", "delegator_history", "user_vault_equities", "user_twap_slice_fills", "historical_orders"]:
        check(f"{name} answers a list", getattr(info, name)(user) == [])
    check("staking summary", info.user_staking_summary(user)["delegated"] == "0.0")
    check("no sub-accounts", info.query_sub_accounts(user) is None)
    check("abstraction", info.query_user_abstraction_state(user) == "default")
    check("referral", info.query_referral_state(user)["referredBy"] is None)


def orders():
    mid = float(info.all_mids()["ETH"])
    low = round(mid * 0.8)
    placed = status_of(exchange.order("ETH", True, 0.05, low, {"limit": {"tif": "Gtc"}}))
    check("a far bid rests", "resting" in placed, placed)
    oid = placed["resting"]["oid"]
    check("it is open", [order["oid"] for order in info.open_orders(user)] == [oid])
    check("and found by oid", info.query_order_by_oid(user, oid)["order"]["status"] == "open")
    modified = exchange.modify_order(oid, "ETH", True, 0.06, low, {"limit": {"tif": "Gtc"}})
    check("modified", modified["status"] == "ok", modified)
    newer = info.open_orders(user)[0]["oid"]
    check("under a new oid", newer != oid)
    check("canceled", status_of(exchange.cancel("ETH", newer)) == "success")
    again = status_of(exchange.cancel("ETH", newer))
    check("not twice", "Order was never placed, already canceled, or filled." in again["error"], again)

    cloid = Cloid.from_str("0xaa000000000000000000000000000001")
    placed = status_of(exchange.order("ETH", True, 0.05, low, {"limit": {"tif": "Alo"}}, cloid=cloid))
    check("a cloid comes back", placed["resting"]["cloid"] == cloid.to_raw(), placed)
    check("and finds the order", info.query_order_by_cloid(user, cloid)["status"] == "order")
    check("canceled by cloid", status_of(exchange.cancel_by_cloid("ETH", cloid)) == "success")

    two = exchange.bulk_orders(
        [
            {"coin": coin, "is_buy": True, "sz": 1.0, "limit_px": round(float(info.all_mids()[coin]) * 0.9), "order_type": {"limit": {"tif": "Gtc"}}, "reduce_only": False}
            for coin in ["ETH", "SOL"]
        ]
    )
    check("two orders in one action", len(two["response"]["data"]["statuses"]) == 2, two)
    open_now = [{"coin": order["coin"], "oid": order["oid"]} for order in info.open_orders(user)]
    exchange.bulk_cancel(open_now)
    check("canceled together", info.open_orders(user) == [])


def errors():
    mid = float(info.all_mids()["ETH"])
    cases = [
        ("post only", lambda: exchange.order("ETH", True, 0.05, round(mid * 1.05), {"limit": {"tif": "Alo"}}), "Post only order would have immediately matched, bbo was"),
        ("IOC", lambda: exchange.order("ETH", True, 0.05, round(mid * 0.9), {"limit": {"tif": "Ioc"}}), "could not immediately match"),
        ("minimum", lambda: exchange.order("ETH", True, 0.001, round(mid), {"limit": {"tif": "Gtc"}}), "minimum value of $10"),
        ("margin", lambda: exchange.order("ETH", True, 5_000.0, round(mid), {"limit": {"tif": "Gtc"}}), "Insufficient margin"),
        ("reduce only", lambda: exchange.order("ETH", False, 0.05, round(mid), {"limit": {"tif": "Gtc"}}, reduce_only=True), "Reduce only order would increase position"),
    ]
    for name, call, text in cases:
        answer = status_of(call())
        check(f"refused: {name}", text in answer.get("error", ""), answer)
    bad = exchange.update_leverage(100, "ETH")
    check("leverage too high", bad == {"status": "err", "response": "Invalid leverage value"}, bad)
    stranger = Exchange(eth_account.Account.from_key("0x" + "7" * 64), URL)
    answer = stranger.order("ETH", True, 0.05, round(mid), {"limit": {"tif": "Gtc"}})
    check("a stranger is told so", answer["status"] == "err" and "does not exist" in answer["response"], answer)
    exchange.set_expires_after(int(time.time() * 1000) - 1)
    answer = exchange.order("ETH", True, 0.05, round(mid * 0.9), {"limit": {"tif": "Gtc"}})
    exchange.set_expires_after(None)
    check("a late one is refused", answer == {"status": "err", "response": "Action already expired"}, answer)


def streams():
    live = Info(URL)
    seen = {}

    def listen(name, subscription):
        seen[name] = []
        live.subscribe(subscription, lambda message: seen[name].append(message["data"]))

    listen("mids", {"type": "allMids"})
    listen("book", {"type": "l2Book", "coin": "ETH"})
    listen("trades", {"type": "trades", "coin": "BTC"})
    listen("bbo", {"type": "bbo", "coin": "BTC"})
    listen("candle", {"type": "candle", "coin": "BTC", "interval": "1m"})
    listen("context", {"type": "activeAssetCtx", "coin": "BTC"})
    listen("fills", {"type": "userFills", "user": user})
    listen("events", {"type": "userEvents", "user": user})
    listen("updates", {"type": "orderUpdates", "user": user})
    for name in ["mids", "book", "trades", "bbo", "candle", "context"]:
        check(f"stream {name}", wait_for(f"stream {name}", lambda name=name: len(seen[name]) > 0))
    wait_for("fills snapshot", lambda: len(seen["fills"]) > 0)
    exchange.market_open("ETH", True, 0.1)
    wait_for("the fill", lambda: len(seen["fills"]) > 1 and len(seen["events"]) > 0 and len(seen["updates"]) > 0)
    check("the fill is ETH", seen["fills"][1]["fills"][0]["coin"] == "ETH", seen["fills"])
    check("updates tell open, then filled", [update["status"] for batch in seen["updates"] for update in batch][:2] == ["open", "filled"], seen["updates"])
    live.disconnect_websocket()


def accounting():
    position = info.user_state(user)["assetPositions"][0]["position"]
    check("the position is there", position["szi"] == "0.1", position)
    closed = exchange.market_close("ETH")
    check("closed at the market", "filled" in status_of(closed), closed)
    state = info.user_state(user)
    check("flat", state["assetPositions"] == [], state)
    fills = info.user_fills(user)
    pnl = sum(float(fill["closedPnl"]) - float(fill["fee"]) for fill in fills)
    value = float(state["marginSummary"]["accountValue"])
    check("deposits + PnL - fees is the account value, to the cent", abs(10_000 + pnl - value) < 0.01, (pnl, value))
    for fill in fills:
        fee = float(fill["px"]) * float(fill["sz"]) * 0.00045
        check("fee of 0.045 %", abs(float(fill["fee"]) - fee) < 0.000002, fill)
    by_time = info.user_fills_by_time(user, fills[-1]["time"], fills[0]["time"])
    check("fills by time are the same, oldest first", [fill["tid"] for fill in by_time] == [fill["tid"] for fill in reversed(fills)])


def triggers():
    exchange.market_open("ETH", True, 0.1)
    mid = float(info.all_mids()["ETH"])
    stop = status_of(exchange.order("ETH", False, 0.1, round(mid * 0.8), {"trigger": {"triggerPx": round(mid * 0.8), "isMarket": True, "tpsl": "sl"}}, reduce_only=True))
    check("a stop rests", "resting" in stop, stop)
    front = info.frontend_open_orders(user)[0]
    check("and is shown as one", front["orderType"] == "Stop Market" and front["isTrigger"], front)
    exchange.market_close("ETH")
    exchange.cancel("ETH", front["oid"])


def accounts():
    answer, agent_key = exchange.approve_agent()
    check("an agent is approved", answer == {"status": "ok", "response": {"type": "default"}}, answer)
    agent = Exchange(eth_account.Account.from_key(agent_key), URL, account_address=user)
    mid = float(info.all_mids()["ETH"])
    placed = status_of(agent.order("ETH", True, 0.05, round(mid * 0.8), {"limit": {"tif": "Gtc"}}))
    check("it trades for its master", "resting" in placed and len(info.open_orders(user)) == 1, placed)
    agent.cancel("ETH", placed["resting"]["oid"])
    named, _ = exchange.approve_agent("second")
    check("a named one is listed", [one["name"] for one in info.extra_agents(user)] == ["second"])
    check("leverage", exchange.update_leverage(5, "ETH")["status"] == "ok")
    check("isolated", exchange.update_leverage(5, "SOL", is_cross=False)["status"] == "ok")
    exchange.market_open("SOL", True, 2.0)
    check("isolated margin", exchange.update_isolated_margin(10.0, "SOL")["status"] == "ok")
    check("an isolated position", info.user_state(user)["assetPositions"][0]["position"]["leverage"]["type"] == "isolated")
    exchange.market_close("SOL")
    check("to spot", exchange.usd_class_transfer(100, False)["status"] == "ok")
    check("is in the spot wallet", info.spot_user_state(user)["balances"][0]["total"] == "100.0", info.spot_user_state(user))
    check("and back", exchange.usd_class_transfer(100, True)["status"] == "ok")
    check("usd transfer", exchange.usd_transfer(50, other.address)["status"] == "ok")
    check("arrived, the new account cost a dollar", info.user_state(other.address)["withdrawable"] == "50.0")
    kinds = [update["delta"]["type"] for update in info.user_non_funding_ledger_updates(user, 0)]
    check("the ledger tells it all", kinds == ["deposit", "accountClassTransfer", "accountClassTransfer", "internalTransfer"], kinds)
    sub = exchange.create_sub_account("second")
    check("a sub-account", sub["status"] == "ok", sub)
    address = sub["response"]["data"]
    check("gets money", exchange.sub_account_transfer(address, True, 500_000_000)["status"] == "ok")
    as_sub = Exchange(wallet, URL, vault_address=address)
    placed = status_of(as_sub.order("ETH", True, 0.05, round(mid * 0.8), {"limit": {"tif": "Gtc"}}))
    check("and trades", "resting" in placed and len(info.open_orders(address)) == 1, placed)
    check("scheduled cancel wants volume", "Cannot set scheduled cancel time until enough volume traded" in exchange.schedule_cancel(int(time.time() * 1000) + 10_000)["response"])
    check("no referral codes here", exchange.set_referrer("ABC")["response"] == "Referral code not registered")
    check("builder fee", exchange.approve_builder_fee("0x" + "b" * 40, "0.1%")["status"] == "ok")
    check("noop", exchange.noop(int(time.time() * 1000))["status"] == "ok")
    check("withdrawal", exchange.withdraw_from_bridge(10, user)["status"] == "ok")


for part in [information, orders, errors, streams, accounting, triggers, accounts]:
    try:
        part()
    except Exception as error:  # a broken client call is a failed check, not the end of all checks
        check(f"{part.__name__} ran to its end", False, error)
print(f"{failed} failed", flush=True)
# The SDK's ping threads would keep the process alive.
os._exit(1 if failed else 0)
