from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from datetime import UTC, datetime

import requests
from standardwebhooks.webhooks import Webhook

from ostiary.demo_gate import DemoGate

SECRET = "whsec_" + base64.b64encode(b"a secret of the demo gate").decode()


def test_the_gate_opens_for_a_signed_webhook_alone() -> None:
    body = json.dumps({"name": "Катя"})
    now = datetime.now(tz=UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, body),
    }
    with ExitStack() as stack:
        gate = DemoGate(SECRET)
        gate.start(stack)
        assert requests.post(gate.url, data=body.encode(), headers=headers, timeout=5).status_code == 204
        assert requests.post(gate.url, data=b'{"name": "Zero"}', headers=headers, timeout=5).status_code == 403
        assert gate.opened_for == ["Катя"]
