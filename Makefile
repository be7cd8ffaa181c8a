# Two commands for people: `make demo` and `make test`. CI runs `make test` and `make check`.
# All paths are relative, so that a checkout in a folder with blanks works.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo $$p; break; }; done)
RUN = .venv/bin/python
# Weights for the demo and the tests live beside the environment, never in git.
export FUSIONLS_DATA ?= .fusionls-data
PYTEST_ARGS ?=

.PHONY: demo test check bench conformance update models clean

demo: .venv/installed models
	$(RUN) -m fusionls demo

test: .venv/installed models
	$(RUN) -m pytest $(PYTEST_ARGS)

check: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(RUN) -m tests.update_docs --check

bench: .venv/installed models
	$(RUN) -m tests.bench

# The protocol checklist, against this server or another one: make conformance SERVER="other-server --stdio"
conformance: .venv/installed
	$(RUN) -m pytest tests/conformance $(if $(SERVER),--server "$(SERVER)")

# Rewrites the goldens: scenario expectations and the generated lists in the docs.
update: .venv/installed
	UPDATE_EXPECT=1 $(RUN) -m pytest -q tests/unit tests/scenarios
	$(RUN) -m tests.update_docs

models: .venv/installed
	$(RUN) -m fusionls models install smollm2-135m

.venv/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "fusionls needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=/path/to/python3" >&2; exit 2; }
	test -x $(RUN) || "$(PYTHON)" -m venv .venv
	$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch .venv/installed

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
