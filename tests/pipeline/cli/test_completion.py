"""What shells complete, asked of a shell where it is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from feedlake.pipeline.cli.completion import completion_script

ASK = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
function=$(complete -p feedlake | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function feedlake "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["sch"], {"schedule"}),
        (["ingest", "--text-m"], {"--text-mode"}),
        (["ingest", "--text-mode", ""], {"auto", "whole", "lines"}),
        (["feeds", "ex"], {"export"}),
        (["query", "--lake", "la"], {"lake", "lamp"}),
        (["compact", "--quar"], {"--quarantine"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
    ],
)
def test_bash_completes_commands_flags_words_and_folders(tmp_path: Path, words, completed):
    for folder in ("lake", "lamp", "else"):
        (tmp_path / folder).mkdir()
    script = tmp_path / "script"
    script.write_text(completion_script("bash"))
    command = ["bash", "-c", ASK, "bash", str(script), "feedlake", *words]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(answer.stdout.split()) == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_one_that_the_shell_can_read(tmp_path: Path, shell):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} on this machine")
    script = tmp_path / "script"
    script.write_text(completion_script(shell))
    assert subprocess.run([program, "-n", str(script)], check=False).returncode == 0


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_script_knows_commands_flags_and_the_words_that_they_take(shell):
    script = completion_script(shell)
    for word in ("schedule", "upgrade", "quarantine", "partition-by", "thorough", "import"):
        assert word in script
