"""Where the time of a run goes: flame graphs of the command with all its processes, as SVG.

    python benchmarks/flame.py PAGES_DIR [--page-count 600] [--texts 10000] [--folder benchmarks]

Pages and texts are those of `throughput.py`; two workers. py-spy, in an environment of its own in
the cache folder, samples what runs or waits to run, 50 times a second, in all processes. Calls
inside Beam, the import system and the compiler of modules are shown as one frame each, and frames
of less than a five-hundredth are left out. The printed shares are by feedlake's own module: the
innermost one of a stack, with what it calls in libraries; imports count for who asked for them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path
from zlib import crc32

from throughput import write_pages, write_texts

_PY_SPY = "py-spy==0.4.3"
_RATE_HZ = 50
_LEAST = 0.002  # of all samples; narrower frames could not be read
_SHOWN = 0.01  # of all samples, in the printed table
_WIDTH, _ROW, _CHAR = 1200.0, 17, 6.7  # pixels

_PROCESS = re.compile(r'process \d+:"(.*?)"(?:;|$)')
_FRAME = re.compile(r"(.*) \((.*?)(?::\d+)?\)$")
_INSTALLED = re.compile(r".*/(?:site-packages|lib/python3\.\d+)/")
_OWN = re.compile(r"(?:pipeline|transforms)/\w+\.py$")
_WRAPPERS = (
    "transforms/quicker/trafilatura_shortcuts.py",
    "transforms/extract/library_calls.py",
)  # around library functions


@dataclass(eq=False)
class Frame:
    """A call in the graph.

    Attributes:
        samples: How many were taken in it or in what it calls.
        calls: What it calls, by name.
    """

    samples: int = 0
    calls: dict[str, Frame] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="folder of *.html.gz")
    parser.add_argument("--page-count", type=int, default=600)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent)
    given = parser.parse_args()
    py_spy = make_environment()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = {
            "pages": write_pages(folder / "pages", given.pages, given.page_count),
            "texts": write_texts(folder / "texts", given.texts),
        }
        for kind, source in sources.items():
            count = len(list(source.iterdir()))
            samples = record(py_spy, source, folder)
            print(f"{count} {kind}, {sum(samples.values())} samples")
            for place, share in shares(samples).most_common():
                if share >= _SHOWN:
                    print(f"{share:6.1%}  {place}")
            title = f"feedlake ingest, {count} {kind}, 2 workers"
            svg = draw(samples, title=title)
            (given.folder / f"flame-{kind}.svg").write_text(svg)
            print(f"flame-{kind}.svg: {len(svg) // 1000} kB")


def make_environment() -> Path:
    """Returns py-spy, installed into the cache folder if it is not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "feedlake-bench" / _PY_SPY.replace("==", "-")
    program = folder / "bin" / "py-spy"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, _PY_SPY], check=True)
    return program


def record(py_spy: Path, source: Path, folder: Path) -> Counter[tuple[str, ...]]:
    """Returns samples of a run, by stack: the process, then calls from the outermost on."""
    raw, lake = folder / f"{source.name}.txt", folder / f"{source.name} lake"
    spy = [str(py_spy), "record", "--subprocesses", "--function", "--format", "raw"]
    spy += ["--rate", str(_RATE_HZ), "--output", str(raw), "--"]
    run = [sys.executable, "-m", "feedlake", "ingest", str(source), "--lake", str(lake)]
    done = subprocess.run([*spy, *run, "--quiet", "--workers", "2"], capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode(errors="replace")[-3_000:])
    samples: Counter[tuple[str, ...]] = Counter()
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        samples[tuple(read_stack(stack))] += int(count)
    return samples


def read_stack(stack: str) -> Iterator[str]:
    """Yields the process and the calls of one of py-spy's lines, without paths of this machine."""
    commands = _PROCESS.findall(stack)
    yield role(commands)
    calls = _PROCESS.sub("", stack).split(";")
    for name, _ in groupby(call_name(call) for call in calls if call):
        yield name


def role(commands: list[str]) -> str:
    """Returns what a process is, from its command and its ancestors' (the command comes first)."""
    if len(commands) == 1:
        return "command"
    if "forkserver" not in commands[-1]:
        return "resource tracker"
    return "fork server" if len(commands) == 2 else "workers"


def call_name(call: str) -> str:
    match = _FRAME.match(call)
    if match is None:
        return call
    function, path = match[1], _INSTALLED.sub("", match[2])
    if path.startswith("<frozen importlib"):
        return "imports"
    if path.startswith("apache_beam/"):
        return "Beam"
    if path.startswith("/"):
        path = Path(path).name
    return f"{function} ({path})"


def shares(samples: Counter[tuple[str, ...]]) -> Counter[str]:
    """Returns the share of each module, of Beam, and of imports."""
    places: Counter[str] = Counter()
    for stack, count in samples.items():
        places[place_of(stack)] += count
    whole = sum(places.values())
    return Counter({place: count / whole for place, count in places.items()})


def place_of(stack: tuple[str, ...]) -> str:
    """Returns what a sample is counted as."""
    calls, imports = stack, ""
    if "imports" in stack:
        calls, imports = stack[: stack.index("imports")], "imports for "
    for name in reversed(calls):
        path = name.rpartition("(")[2].rstrip(")")
        if path in _WRAPPERS:
            return f"{imports}trafilatura and lxml"
        if name == "Beam" or _OWN.match(path):
            return imports + path
    return f"{imports or 'other, '}{stack[0]}"


def draw(samples: Counter[tuple[str, ...]], *, title: str) -> str:
    """Returns the flame graph: the command below, what it calls above, widths by samples."""
    root = Frame()
    for stack, count in samples.items():
        frame = root
        frame.samples += count
        for name in stack:
            frame = frame.calls.setdefault(name, Frame())
            frame.samples += count
    least = _LEAST * root.samples
    height = _ROW * (depth(root, least) + 2)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height}" '
        'font-family="monospace" font-size="11">',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="4" y="13">{escape(title)}</text>',
        *boxes(root, title, 0.0, height - _ROW, _WIDTH / root.samples, least),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def depth(frame: Frame, least: float) -> int:
    return 1 + max((depth(f, least) for f in frame.calls.values() if f.samples >= least), default=0)


def boxes(
    frame: Frame, name: str, left: float, top: int, scale: float, least: float
) -> Iterator[str]:
    """Yields the box of a call, and of those above it; `scale` is pixels a sample."""
    width = frame.samples * scale
    share = width / _WIDTH
    shown = name if len(name) * _CHAR < width else name[: max(int(width / _CHAR) - 1, 0)]
    label = f'<text x="{left + 2:.1f}" y="{top + 12}">{escape(shown)}</text>' if shown else ""
    yield (
        f"<g><title>{escape(name)}: {share:.1%}</title>"
        f'<rect x="{left:.1f}" y="{top}" width="{max(width - 0.4, 0.2):.1f}" '
        f'height="{_ROW - 1}" fill="{colour(name)}"/>{label}</g>'
    )
    for called, inner in sorted(frame.calls.items()):
        if inner.samples >= least:
            yield from boxes(inner, called, left, top - _ROW, scale, least)
            left += inner.samples * scale


def colour(name: str) -> str:
    """Returns orange for feedlake's own calls, grey for Beam and imports, blue for libraries."""
    shade = crc32(name.encode()) % 24
    if name in ("Beam", "imports"):
        return "#c8c8c8"
    if _OWN.match(name.rpartition("(")[2].rstrip(")")):
        return f"hsl({24 + shade},85%,66%)"
    return f"hsl({196 + shade},55%,76%)"


if __name__ == "__main__":
    main()
