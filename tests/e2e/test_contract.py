"""The running API against its own document: whatever is sent, it answers as described and never with a fault of its own."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

KEY = "the-key-of-these-tests"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

ELSEWHERE = {  # proved by tests of their own: they end the process, or talk to whatever address is sent
    "/system/restart",
    "/cameras/test",
    "/restore",
}


@pytest.fixture
def document(site, portraits) -> schemathesis.BaseSchema:
    site.start_api(API_KEY=KEY, RATE_LIMIT="", LOG_LEVEL="ERROR")
    with portraits["obama.jpg"].open("rb") as picture:
        enrolled = requests.post(
            f"{site.api}/register", data={"name": "obama"}, files={"image": picture}, headers={"x-api-key": KEY}, timeout=60
        )
    assert enrolled.status_code == 200, enrolled.text
    return schemathesis.openapi.from_url(f"{site.api}/openapi.json")


def test_no_request_finds_a_fault(site, document) -> None:
    operations = [result.ok() for result in document.get_all_operations()]
    assert len(operations) > 40
    found = []
    for operation in operations:
        if operation.path not in ELSEWHERE and (fault := fault_of(operation)):
            found.append(f"{operation.label}: {fault}")
    assert found == []
    assert requests.get(f"{site.api}/healthz", timeout=10).status_code == 200
    assert "Traceback" not in site.log(site.programs[0])


def fault_of(operation: schemathesis.APIOperation) -> str | None:
    """The first thing that the operation gets wrong among a few requests, odd and plain ones."""

    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.booleans())
    def probe(case: schemathesis.Case, known: bool) -> None:
        if known and operation.path.startswith("/people/{name}"):
            case.path_parameters["name"] = "obama"
        answer = case.call(headers={"x-api-key": KEY}, timeout=30)
        case.validate_response(answer, checks=CHECKS)

    try:
        probe()
    except Exception as error:  # noqa: BLE001 - faults come in groups of many kinds, and each is one
        return f"{type(error).__name__}: {error}"[:700]
    return None
