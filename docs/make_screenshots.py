"""Takes the pictures in docs/pictures, of a made-up lake in Chromium: `make screenshots`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "tests"), str(DOCS.parent / "tests" / "browser")]

PICTURES = {
    "today": ("/", 1200, 860, "light"),
    "today-dark": ("/", 390, 760, "dark"),
    "search": ("/search?q=harbour+OR+bridge&q2=winter+OR+snow", 1200, 700, "light"),
    "article": ("{article}", 1200, 700, "light"),
    "feeds": ("/feeds", 1200, 640, "light"),
    "runs": ("/runs", 1200, 640, "light"),
}
"""Address, width and height in pixels, and colour scheme, by name."""


def main() -> None:
    """Writes the pictures."""
    from playwright.sync_api import sync_playwright
    from serving import serving
    from shown_lake import make_shown_lake

    from feedlake.pipeline.lake.lake import Lake
    from feedlake.pipeline.search.search_index import SearchIndex

    target = DOCS / "pictures"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lake = f"{folder}/news"
        make_shown_lake(lake)
        SearchIndex(Lake(lake)).catch_up()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        with serving(lake) as served:
            page = browser.new_page()
            page.goto(served.address)
            article = page.get_attribute(".story h3 a >> nth=0", "href") or "/"
            for name, (path, width, height, scheme) in PICTURES.items():
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.goto(served.address + path.format(article=article))
                page.screenshot(path=target / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
