"""News pages, feeds, archives and text files as a clean Parquet lake.

What is public stands in `__all__` here and in `feedlake.beam`; `docs/python.md` shows its use. All
the rest may change with any release.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = (
    "Account",
    "BooksError",
    "Explanation",
    "Exported",
    "ExtractedPage",
    "FeedlakeError",
    "Found",
    "IngestKeywords",
    "Lake",
    "LakeBusyError",
    "LakeError",
    "PageKeywords",
    "QueryError",
    "RunError",
    "SearchError",
    "UsageError",
    "__version__",
    "extract",
    "ingest",
    "open",
)

if TYPE_CHECKING:
    from feedlake.pipeline.api.extract_page import ExtractedPage, extract
    from feedlake.pipeline.api.keyword_options import IngestKeywords, PageKeywords
    from feedlake.pipeline.api.opened_lake import Lake
    from feedlake.pipeline.api.opened_lake import open_lake as open
    from feedlake.pipeline.api.run_in_child import ingest
    from feedlake.pipeline.explain.explain import Explanation
    from feedlake.pipeline.export.export import Exported
    from feedlake.pipeline.lake.journal_entry import LakeError
    from feedlake.pipeline.lake.lake import LakeBusyError
    from feedlake.pipeline.options.failures import CommandError as FeedlakeError
    from feedlake.pipeline.options.failures import RunError, UsageError
    from feedlake.pipeline.query.query import QueryError
    from feedlake.pipeline.run.account import Account, BooksError
    from feedlake.pipeline.search.query_language import SearchError
    from feedlake.pipeline.search.search_index import Found
else:
    # Where each name is, and what it is called there. It is imported when it is first asked for:
    # the command, Beam's workers and the children import this package, too, and need none of it.
    _PLACES = {
        "Account": ("run.account", "Account"),
        "BooksError": ("run.account", "BooksError"),
        "Explanation": ("explain.explain", "Explanation"),
        "Exported": ("export.export", "Exported"),
        "ExtractedPage": ("api.extract_page", "ExtractedPage"),
        "FeedlakeError": ("options.failures", "CommandError"),
        "Found": ("search.search_index", "Found"),
        "IngestKeywords": ("api.keyword_options", "IngestKeywords"),
        "Lake": ("api.opened_lake", "Lake"),
        "LakeBusyError": ("lake.lake", "LakeBusyError"),
        "LakeError": ("lake.journal_entry", "LakeError"),
        "PageKeywords": ("api.keyword_options", "PageKeywords"),
        "QueryError": ("query.query", "QueryError"),
        "RunError": ("options.failures", "RunError"),
        "SearchError": ("search.query_language", "SearchError"),
        "UsageError": ("options.failures", "UsageError"),
        "extract": ("api.extract_page", "extract"),
        "ingest": ("api.run_in_child", "ingest"),
        "open": ("api.opened_lake", "open_lake"),
    }

    def __getattr__(name):
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module, own = _PLACES[name]
        found = getattr(import_module(f"{__name__}.pipeline.{module}"), own)
        globals()[name] = found
        return found

    def __dir__():
        return sorted({*globals(), *__all__})
