# Everything from a trial to a benchmark needs Python 3.11 or later and make, nothing else: .venv is made on the way.
# `make PYTHON=/path/to/python3` names the Python to make it with.

PYTHON ?= python3
SERVE ?= 1
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
# Written when everything of the lock is installed; see .ci/environment.
INSTALLED := $(VENV)/installed
# The settings of the tests and a throwaway primary, replica and cache around a command.
IN_TESTS := $(PY) -m tests.environment
IN_SANDBOX := $(IN_TESTS) $(PY) manage.py sandbox --

# The Python that .venv was made with may be gone: then it is made again.
ifeq ($(wildcard $(PY)),)
.PHONY: $(INSTALLED)
endif

# What is set for another Python would be found before what .venv holds; and without kept bytecode each of the hundreds of
# processes that tests start would compile all of the project.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint gauntlet bench lock clean

help: ## List what make can do
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

demo: $(INSTALLED) ## Import a legacy system, prove it and serve it, on throwaway servers (SERVE=0: do not serve)
	@DEBUG=off HTTPS=off IGNORE_DOTENV=on ALLOWED_HOSTS="localhost,127.0.0.1,[::1]" \
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
	$(PY) manage.py sandbox -- $(PY) manage.py demo $(if $(filter 0 no off,$(SERVE)),--no-serve)

# All of them by three processes, each with servers of its own; a file stays together, and tests/conftest.py says which
# files go first. Some of them by one.
test: $(INSTALLED) ## Run the tests on throwaway servers (ARGS="-k health": some of them)
	@$(PY) -m pytest $(or $(ARGS),-n 3 --dist loadfile --no-loadscope-reorder)

lint: $(INSTALLED) ## Check style, types, templates and migrations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(IN_TESTS) $(PY) -m mypy
	git ls-files '*.html' | xargs $(VENV)/bin/djade --check --target-version 5.2
	.ci/registries
	$(IN_SANDBOX) sh -ec '$(PY) manage.py check --fail-level WARNING; $(PY) manage.py makemigrations --check --dry-run; $(PY) manage.py lintmigrations'

gauntlet: $(INSTALLED) ## Run the long tests, those marked gauntlet
	@echo "Running the tests that are marked gauntlet; they take their time."
	@$(PY) -m pytest -m gauntlet $(ARGS) || [ $$? -eq 5 ] # 5: there are none

bench: $(INSTALLED) ## Measure imports, reads, pages of events, joins and draws, each against the least there is (ARGS="joins": one of them)
	@$(IN_SANDBOX) $(PY) -m tests.bench $(ARGS)

lock: ## Resolve requirements.lock anew (needs uv, which is not among the requirements)
	@command -v uv >/dev/null || { echo "make lock needs uv: pipx install uv, or python3 -m pip install --user uv" >&2; exit 1; }
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements.lock

clean: ## Remove .venv and everything else that was made here
	rm -rf $(VENV) staticfiles var .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock
	@.ci/environment '$(PYTHON)' $(VENV)
