"""Every view of the dashboard: no fault that a screen reader or a keyboard would meet, and nothing beyond a phone's edge."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PHONE, DESKTOP = (390, 844), (1280, 900)


def faults_of(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in {"serious", "critical"}]


def test_every_view_is_fit_for_all(house, visit) -> None:
    found = []
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        page = visit(f"{house.address}/", size, scheme)
        expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
        names = page.evaluate("document.body.dataset.views").split()
        assert {"live", "people", "visitors", "events", "attendance", "cameras", "proof", "access", "settings", "system", "test"} <= set(
            names
        )
        for name in names:
            page.goto(f"{house.address}/#/{name}")
            expect(page.locator(f".view-{name} *").first).to_be_attached()
            page.wait_for_timeout(400)  # until pictures and tables are there: they come one after another
            (house.site.folder / f"{name}-{size[0]}.png").write_bytes(page.screenshot(full_page=True))  # for whoever wants to look
            found += [(name, size[0], *fault) for fault in faults_of(page)]
            if (width := page.evaluate("document.documentElement.scrollWidth")) > size[0]:
                found.append((name, size[0], "beyond the edge", width))
    assert found == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_first_load_is_small(house, visit, size) -> None:
    """A phone at the gate has a bad connection: 12 requests and 300 kB at most."""
    page = visit("about:blank", size)
    loaded: list[tuple[str, int]] = []
    page.on(
        "requestfinished",
        lambda request: loaded.append((request.url, sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize")))),
    )
    page.goto(house.address)
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    page.wait_for_timeout(1500)
    assert len(loaded) <= 12, "\n".join(url for url, _ in loaded)
    assert sum(size for _, size in loaded) < 300_000, loaded
