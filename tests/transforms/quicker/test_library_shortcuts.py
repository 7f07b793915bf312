"""Which shortcuts through libraries are taken, and what is said of those that aren't."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from feedlake import __version__
from feedlake.transforms.enrich import counts, tone
from feedlake.transforms.extract import library_calls
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.process import library_shortcuts
from feedlake.transforms.quicker import compared, offers
from feedlake.transforms.quicker.compared import COMPARED, Installed, are_compared, look_up

LIBRARIES = (*COMPARED,)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Installed]:
    """What is taken for installed, to be changed."""
    found = {library: look_up(library) for library in COMPARED}
    for module in (compared, offers):
        monkeypatch.setattr(module, "look_up", found.__getitem__)
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_release_that_is_installed_was_compared(library):
    found = look_up(library)

    assert are_compared(library), (
        f"{library} {found.version} is installed, and was not compared: its shortcuts are off. "
        "Read what changed in the parts that transforms/quicker uses, run its tests and "
        "benchmarks/quality.py on this release, then add to COMPARED what "
        "`python -m feedlake.transforms.quicker.compared` prints."
    )


def test_each_name_that_can_be_asked_for_has_a_shortcut_and_the_other_way_round():
    assert set(get_args(library_shortcuts.Name)) == set(offers.OFFERS)
    assert all(library_shortcuts.find(name) is not None for name in offers.OFFERS)


def test_nothing_is_said_of_releases_that_were_compared(installed):
    assert library_shortcuts.describe_left_out() == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_release_that_was_not_compared_is_told_with_what_that_costs(library, installed):
    installed[library] = Installed("99.1", "0")
    [known] = COMPARED[library]

    [sentence] = library_shortcuts.describe_left_out()

    assert sentence.startswith(f"{library} 99.1 wasn't compared ({known} was), so feedlake ")
    assert sentence.endswith(offers.WITHOUT[library])


def test_a_copy_that_somebody_changed_is_not_the_release_that_was_compared(installed):
    installed["trafilatura"] = installed["trafilatura"]._replace(sources="0")

    [sentence] = library_shortcuts.describe_left_out()

    assert sentence.startswith("trafilatura 2.3.1 isn't the 2.3.1 that was compared, so ")
    assert library_shortcuts.find("extract_text") is None


def test_nothing_is_said_of_a_library_that_is_not_there(installed):
    installed["jusText"] = Installed("", "")

    assert library_shortcuts.describe_left_out() == []
    assert not are_compared("jusText")


def test_any_change_of_a_source_is_seen(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "one.py").write_text("a = 1\n")
    seen = [compared.hash_sources(tmp_path)]
    (tmp_path / "part" / "one.py").write_text("a = 2\n")
    seen.append(compared.hash_sources(tmp_path))
    (tmp_path / "part" / "one.py").rename(tmp_path / "one.py")
    seen.append(compared.hash_sources(tmp_path))
    (tmp_path / "one.py").unlink()
    seen.append(compared.hash_sources(tmp_path))

    assert len(set(seen)) == 4
    assert seen[-1] == compared.hash_sources(None) == ""


COUNT = """
import sys
from feedlake.transforms.enrich.counts import count_tokens
print(count_tokens("ferry"), "bpe_openai" in sys.modules)
"""


def test_tables_of_the_tokenizer_are_not_built_in_python():
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)

    assert done.stdout == "2 False\n"


@pytest.mark.filterwarnings("ignore:open_binary")  # Of `importlib.resources`, by bpe-openai.
@given(st.text(max_size=300))
def test_tokens_are_as_many_by_the_plain_way(text):
    plain, quick = counts._load_encoding(counts.TOKENIZER), library_shortcuts.find("load_counter")
    try:
        expected = quick(counts.TOKENIZER)(text)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            plain(text)
    else:
        assert plain(text) == expected


@given(st.text(max_size=300))
def test_tone_is_the_same_by_the_plain_way(text):
    analyzer = SentimentIntensityAnalyzer()
    rate = library_shortcuts.find("rate_sentence")

    assert rate(analyzer, text) == tone._rate_by_all_rules(analyzer, text)


TITLES = {
    "one heading": "<h1>A <b>bridge</b> opens</h1><p>x</p>",
    "class": "<h1>News</h1><h2 class=entry-title>A bridge opens</h2><h1>More</h1>",
    "element": "<p>x</p>",
    "second heading": "<h2>A bridge opens</h2>",
    "comes in pieces": "<h1>A bridge<br> opens</h1><script>1</script> here",
    "odd letters": "<h1>A \u2060bridge &amp;amp; opens\xad</h1>",
}


@pytest.mark.parametrize("head", ["", "<title>A bridge opens - The Paper</title>"])
@pytest.mark.parametrize("body", TITLES.values(), ids=TITLES.keys())
def test_title_is_the_same_by_the_plain_way(head, body):
    html = f"<html><head><meta property=og:title content=Other>{head}</head><body>{body}</body>"
    tree = library_calls.parse_html(html)
    assert tree is not None
    find = library_shortcuts.find("extract_title")

    plain, quick = library_calls._extract_title(tree), find(tree)

    assert normalize_line(plain) == normalize_line(quick)


CHILD = """
from feedlake.transforms.process import child_server, library_shortcuts, sandbox
library_shortcuts.find = lambda name: None
child_server.start_server()
children = sandbox.Sandbox(workers=1, limits=sandbox.Limits())
children.submit("token", len, "four")
print(*children.drain())
children.close()
"""


def test_children_run_where_their_server_is_not_started_early():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)

    assert done.stdout == "('token', 4)\n"


def test_a_run_says_once_that_it_goes_without_shortcuts(installed, feedlake, story, tmp_path):
    (story / "second.txt").write_text("date 2020-01-01\nThe train was late again.\n")
    installed["trafilatura"] = Installed("99.1", "0")
    command = ("ingest", story, "--lake", tmp_path / "lake", "--chunk-documents", "1")

    first, again = feedlake(*command), feedlake(*command)

    [sentence] = library_shortcuts.describe_left_out()
    assert "2 chunks" in first.out
    assert first.err.count(f"feedlake: {sentence}\n") == 1
    assert again.err == ""


def test_a_quiet_run_does_not_say_it(installed, feedlake, story, tmp_path):
    installed["trafilatura"] = Installed("99.1", "0")

    assert feedlake("ingest", story, "--lake", tmp_path / "lake", "--quiet").err == ""


def test_enriching_anew_says_it_too(installed, feedlake, story, tmp_path):
    feedlake("ingest", story, "--lake", tmp_path / "lake", "--quiet")
    installed["vaderSentiment"] = Installed("99.1", "0")

    outcome = feedlake("enrich", "--lake", tmp_path / "lake", "--all")

    assert outcome.err.count("feedlake: vaderSentiment 99.1 wasn't compared") == 1


def test_runs_on_a_schedule_say_it_once(installed, feedlake, story, tmp_path):
    installed["trafilatura"] = Installed("99.1", "0")
    command = ("schedule", story, "--lake", tmp_path / "lake", "--every", "1s", "--runs", "2")

    outcome = feedlake(*command)

    assert outcome.err.count("trafilatura 99.1 wasn't compared") == 1


def test_version_names_the_libraries_that_no_shortcut_is_taken_through(installed, feedlake):
    installed["jusText"] = Installed("99.1", "0")

    first, *others = feedlake("--version").out.splitlines()

    assert first == f"feedlake {__version__}"
    assert others == library_shortcuts.describe_left_out()
    assert len(others) == 1
