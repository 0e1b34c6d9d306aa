"""The live page in Chromium: going through the steps, the proof, and being good on a phone and with a keyboard."""

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.inference.loading import load
from keras_reader.inference.mask_boxes import character_box
from keras_reader.visualization.page.runtime import fetch_package
from keras_reader.visualization.style import percent
from tests.helpers.browser import AXE, png

pytestmark = pytest.mark.slow

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
SCRUBBER = "#player input[type=range]"


def test_the_steps_are_scrubbed_stepped_and_played(shipped_page):
    tab = shipped_page.tab
    shipped_page.reading(lambda: tab.fill("#text", "LOOK"))
    tab.fill(SCRUBBER, "3")
    assert tab.inner_text("#player .where") == "step 3 of 5: O"
    assert tab.get_attribute(SCRUBBER, "aria-valuetext") == "step 3 of 5: O"
    assert tab.locator("#film [aria-current]").count() == 1
    tab.click("#player [aria-label='Step forward']")
    assert tab.inner_text("#player .where") == "step 4 of 5: K"
    tab.click("#film li:nth-child(1) button")
    assert tab.inner_text("#player .where") == "step 1 of 5: L"
    tab.focus(SCRUBBER)
    tab.keyboard.press("ArrowLeft")
    assert tab.inner_text("#player .where") == "the picture alone"
    tab.select_option("#player select", "2")
    tab.click("#player [aria-label='Play']")
    shipped_page.until("document.querySelector('#player .where').textContent.startsWith('step 2')")
    tab.click("#player [aria-label='Pause']")


def test_each_step_tells_its_character_its_confidence_and_the_next_best(shipped_page):
    file = png(kr.SyntheticWords(split="test", noise=0.35).example(35).image)
    shipped_page.reading(lambda: shipped_page.drop(file))
    reader = load("letters")
    reading = reader.read_one(file)
    names = [*reader.config.alphabet, "end"]
    steps = len(reading.text) + (reading.end_mask is not None)
    assert shipped_page.tab.locator("#film > li:not(.absent)").count() == steps
    told = 0
    for step in range(steps):
        first, *others = np.argsort(-reading.probabilities[step], kind="stable")[:3]
        frame = shipped_page.tab.locator("#film > li").nth(step)
        assert frame.locator("b").inner_text() == names[first]
        assert frame.locator(".sure").inner_text() == percent(reading.probabilities[step, first])
        for k, other in enumerate(others):
            if reading.probabilities[step, other] > 0.001:
                line = frame.locator(".others li").nth(k).inner_text().split()
                assert line == [names[other], percent(reading.probabilities[step, other])]
                told += 1
    assert told > 1  # else the test shows less than it means to


def test_boxes_are_those_of_the_package(shipped_page):
    words = np.random.default_rng(4).integers(0, 256, (40, 40), dtype=np.uint8)
    masks = load("letters").read_one(words).masks
    script = """async (masks) => {
      const { maskBox } = await import("./js/boxes.js");
      return masks.map((mask) => Object.values(maskBox(Float32Array.from(mask), 40, 40)));
    }"""
    got = shipped_page.value(script, [mask.ravel().tolist() for mask in masks])
    assert got == [character_box(mask, (40, 40), "pad") for mask in masks]
    shipped_page.tab.check("#boxes")


def outcome(page):
    return page.value("({...document.getElementById('outcome').dataset})")


def scribble(page):
    """Open the proof, scribble, and give the number of pixels painted and the largest change of a probability."""
    page.tab.locator("#proof").scroll_into_view_if_needed()
    page.tab.wait_for_selector("#proof-steps button")
    page.tab.click("#scribble-all")
    page.until("Number(document.getElementById('outcome').dataset.painted) > 0")
    seen = outcome(page)
    return int(seen["painted"]), float(seen["change"])


def test_no_scribble_outside_the_mask_changes_a_bit(shipped_page):
    tab = shipped_page.tab
    shipped_page.reading(lambda: tab.fill("#text", "READ"))
    tab.locator("#proof").scroll_into_view_if_needed()
    tab.wait_for_selector("#proof-steps button")
    for step in range(5):
        tab.click(f"#proof-steps button:nth-of-type({step + 1})")
        painted, change = scribble(shipped_page)
        assert painted > 50 and change == 0
        assert "Nothing changed." in tab.inner_text("#outcome")
    # The text with free attention shows that the paint matters.
    assert "before, \u201cREAD\u201d" in tab.inner_text("#free")
    tab.click("#scribble-clear")
    shipped_page.until("document.getElementById('outcome').dataset.painted === '0'")


def test_inside_the_mask_there_is_no_paint(shipped_page):
    tab = shipped_page.tab
    tab.locator("#proof").scroll_into_view_if_needed()
    tab.wait_for_selector("#proof-steps button")
    box = tab.locator("#scribble").bounding_box()
    tab.mouse.move(box["x"] + 1, box["y"] + 1)
    tab.mouse.down()
    for row in range(0, 40):
        tab.mouse.move(box["x"] + (row % 2) * (box["width"] - 2) + 1, box["y"] + row * box["height"] / 40, steps=3)
    tab.mouse.up()
    shipped_page.until("Number(document.getElementById('outcome').dataset.painted) > 500")
    assert float(outcome(shipped_page)["change"]) == 0


def test_the_proof_is_worked_by_keyboard(shipped_page):
    tab = shipped_page.tab
    tab.locator("#proof").scroll_into_view_if_needed()
    tab.wait_for_selector("#proof-steps button")
    tab.focus("#scribble")
    for key in (" ",) + ("ArrowDown",) * 15 + (" ",):
        tab.keyboard.press(key)
    shipped_page.until("Number(document.getElementById('outcome').dataset.painted) > 10")
    assert float(outcome(shipped_page)["change"]) == 0


def test_the_original_network_changes_with_what_is_outside(site, open_page):
    page = open_page(f"{site[0]}/deep_reader/")
    painted, change = scribble(page)
    assert painted > 0 and change > 1e-4
    assert "It changed." in page.tab.inner_text("#outcome")
    assert "nowhere 0" in page.tab.inner_text("#scribble-hint")


def test_the_proof_compares_two_networks(shipped_page):
    assert scribble(shipped_page)[1] == 0
    shipped_page.tab.click("#networks button:nth-child(2)")
    shipped_page.until("document.getElementById('scribble-hint').textContent.includes('nowhere 0')")
    painted, change = scribble(shipped_page)
    assert painted > 0 and change > 1e-5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_it_stays_in_place_and_axe_finds_nothing(site, open_page, size, scheme, tmp_path):
    page = open_page(
        f"{site[0]}/shipped/",
        wait=False,
        viewport=SIZES[size],
        color_scheme=scheme,
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page.value(
        """() => { globalThis.shift = 0; new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true }); }"""
    )
    page.wait()
    page.tab.wait_for_timeout(300)
    assert page.value("globalThis.shift") < 0.02
    page.tab.add_script_tag(content=fetch_package(*AXE)["axe.min.js"].decode())
    for tab in ("draw", "file", "camera", "type"):
        page.tab.click(f"#tab-{tab}")
        assert page.value("document.documentElement.scrollWidth - innerWidth") == 0
        found = page.value("axe.run().then((result) => result.violations)")
        serious = [
            f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found if rule["impact"] in ("serious", "critical")
        ]
        assert serious == []
    page.tab.screenshot(path=tmp_path / "page.png", full_page=True)
    assert (tmp_path / "page.png").stat().st_size > 20_000


def test_every_control_is_reached_by_keyboard(shipped_page):
    tab = shipped_page.tab
    reached = set()
    for _ in range(80):
        tab.keyboard.press("Tab")
        reached.add(
            shipped_page.value("document.activeElement.id || document.activeElement.getAttribute('aria-label')")
        )
    expected = {
        "tab-type",
        "text",
        "font",
        "look-size",
        "look-noise",
        "dark",
        "shuffle",
        "Pause",
        "Step",
        "boxes",
        "scribble",
    }
    assert expected <= reached
    tab.focus("#tab-type")
    tab.keyboard.press("ArrowRight")
    assert shipped_page.value("document.activeElement.id") == "tab-draw"
    assert tab.is_visible("#pad")


def test_nothing_moves_for_who_wants_little_motion(site, open_page):
    page = open_page(f"{site[0]}/shipped/", reduced_motion="reduce")
    where = page.tab.inner_text("#player .where")
    assert where.startswith("step 1 of ")
    page.tab.wait_for_timeout(1500)
    assert page.tab.inner_text("#player .where") == where
    assert page.tab.get_attribute("#player .buttons button:nth-child(2)", "aria-label") == "Play"
