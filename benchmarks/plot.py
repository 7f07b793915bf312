"""The plot of throughput: documents per second against size, and against other programs.

    python benchmarks/plot.py [--figures benchmarks/figures.json] [--to benchmarks/throughput.svg]

The figures are those that `throughput.py --figures` writes (`growth`), and `peers`, which is copied
by hand from what `peers.py` and `pages.py` print. matplotlib is installed into an environment of
its own in the cache folder, and this file runs again there; feedlake does not need it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_MATPLOTLIB = "matplotlib==3.11.2"
_HERE = Path(__file__).parent
_OURS, _OTHERS, _WALL = "#d9730d", "#8fa9c4", "#4a6f96"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--figures", type=Path, default=_HERE / "figures.json")
    parser.add_argument("--to", type=Path, default=_HERE / "throughput.svg")
    given = parser.parse_args()
    if importlib.util.find_spec("matplotlib") is None:
        sys.exit(subprocess.run([str(make_environment()), *sys.argv]).returncode)
    draw(json.loads(given.figures.read_text()), given.to)


def make_environment() -> Path:
    """Returns the Python that has matplotlib, installed into the cache folder if not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "feedlake-bench" / _MATPLOTLIB.replace("==", "-")
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, _MATPLOTLIB], check=True)
        stamp.touch()
    return python


def draw(figures: dict[str, Any], path: Path) -> None:
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    # The same figures give the same bytes, and text stays text.
    rcParams.update({"svg.hashsalt": "feedlake", "svg.fonttype": "none", "font.size": 9})
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    growth, peers = figure.subplots(1, 2, width_ratios=(3, 2))
    draw_growth(growth, figures["growth"])
    draw_peers(peers, figures["peers"])
    for axes in (growth, peers):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def draw_growth(axes: Any, growth: dict[str, Any]) -> None:
    """Rates against the number of texts, from zero, so that a flat line is a flat line."""
    sizes = growth["sizes"]
    for name, label, colour in (
        ("documents_per_cpu_s", "per CPU-second", _OURS),
        ("documents_per_s", "per second, 2 workers", _WALL),
    ):
        axes.plot(sizes, growth[name], marker="o", color=colour, label=label)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("texts of 3 kB in a run")
    axes.set_ylabel("documents, start-up taken off")
    axes.set_title("Rate against size, default enrichment", loc="left")
    axes.legend(frameon=False)


def draw_peers(axes: Any, peers: dict[str, Any]) -> None:
    rates = peers["documents_per_cpu_s"]
    colours = [_OURS if name.startswith("feedlake") else _OTHERS for name in rates]
    bars = axes.barh(list(rates), list(rates.values()), color=colours)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.invert_yaxis()
    axes.set_xlim(right=1.15 * max(rates.values()))
    axes.set_xlabel("pages per CPU-second, start-up included")
    axes.set_title("WARC to deduplicated Parquet", loc="left")


if __name__ == "__main__":
    main()
