"""bpe-openai's tokeniser without the tables that only decoding needs: half a second less."""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec


def load_counter(encoding: str) -> Callable[[str], int]:
    """Returns what counts the tokens of a text.

    The package builds tables of all tokens in Python when it makes an encoding; its extension
    module alone does not.

    Args:
        encoding: Its name, such as `o200k_base`.
    """
    package = find_spec("bpe_openai")
    assert package is not None
    spec = PathFinder.find_spec("_bindings", package.submodule_search_locations)
    assert spec is not None
    assert spec.loader is not None
    bindings = module_from_spec(spec)
    spec.loader.exec_module(bindings)
    count: Callable[[str], int] = bindings.tokenizer_for_encoding(encoding).count
    return count
