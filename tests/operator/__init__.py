"""The simulated operator: what a provider's servers are to the integration, with books that tell the truth.

It runs as a process of its own (`process.OperatorProcess`) or inside a test's event loop (`app.start_operator`),
and is controlled over HTTP (`client.OperatorControl`). "How often was this line charged" is asked here, never at
the integration. It imports nothing of the integration or of Home Assistant.

    async with OperatorProcess(tmp_path / "books.db") as operator:
        await operator.control.fault("drop_after", "order")
        ...
        assert len(await operator.control.charges("line-1")) == 1

By hand: `python -m tests.operator --books FILE`; it prints {"port": ..., "pid": ...} when it listens.

Native format, `Authorization: Bearer demo-key`, amounts as decimal texts:
    GET  /v1/account                    GET  /v1/lines?page=&per_page=         GET  /v1/lines/{id}
    GET  /v1/lines/{id}/offers          GET  /v1/lines/{id}/history?since=&page=&per_page=
    POST /v1/orders {line, offer, amount, currency, method, reference}, header Idempotency-Key
    GET  /v1/orders/{id}                GET  /v1/orders?reference=&line=
Refusals are {"error": {"code", "message"}}; the codes and their HTTP statuses stand in `native.py`.

Control, without a key, `/_control/`:
    POST reset {seed?} | POST seed {accounts, lines, offers}        formats: `seed_types.py`
    GET  books | GET charges?line= | GET requests?operation=&after_id=
    GET, PUT, PATCH behaviour                                       switches: `behaviour.py`
    GET, POST, DELETE faults {operation, kind, times, args}         kinds and arguments: `faults.py`
    GET, PATCH lines/{id} | POST lines/{id}/burn {amount, data_bytes} | POST lines/{id}/foreign_charge {amount, offer}
    GET, POST clock {offset_s, advance_s, speed}                    the operator's own time; speed 0 stops it
    POST orders/{id}/reverse | PATCH orders/{id} {status, reason}   the second one only claims, no money moves
    PATCH accounts/{a}/methods/{id} | PATCH accounts/{a}/offers/{id} | POST accounts/{a}/rotate_key {key?}

Real time are `arrived_at`, `wall_at` and the seconds of `delay` and `slow`; a client's time-out is real, too.

Rooms: `books` (one SQLite file; `desk` accepts, `till` moves money, `agenda` does things later, `keys` remembers),
`exchange` and `visit` (one request from arrival to answer; faults), `native` (a dialect), `control`. Another wire format is
another `exchange.Dialect` in `app.make_app`: it gets the books, the behaviour and every fault with it.

Default seed: account "acct-1", key "demo-key", RUB; "wallet" 5000.00, "card-1" Visa 4242, "card-2" Mastercard 4444
that declines; "line-1" +79161234567 with 480.00, "line-2" 8970199912345678901 with 3 GB for 20 days; offers "open"
10..5000 step 1, "eu-5gb" 490.00, "eu-20gb" 1290.00.
"""
