# All that is needed is make and Python 3.11 or later; everything else comes with `make setup`.

PYTHON ?= python3
READY := .venv/ready

.PHONY: setup run test check simulate bench docs

setup: $(READY)

# The stamp is written last: a setup that was interrupted is begun anew.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Tradehold needs Python 3.11 or later, but $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make environments; on Debian and Ubuntu the package python3-venv adds that."; exit 1; }
	@echo 'Setting up .venv (once).' >&2
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup
	@.venv/bin/tradehold demo

# Told once here, so that the closing line of the tests is the last line printed.
test: setup check
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	fi
	@if command -v chromium >/dev/null; then left_out=; else \
		left_out='--ignore=tests/browser'; \
		echo "Chromium is missing and may not be installed here: the tests in tests/browser are left out."; \
	fi; .venv/bin/python -m pytest -n 2 --dist loadfile $$left_out

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict src
	.venv/bin/lint-imports

simulate: setup
	@.venv/bin/python -m tests.simulation $(SIMULATE_ARGS)

bench: setup
	@.venv/bin/python -m bench $(BENCH_ARGS)

docs: setup
	@.venv/bin/tradehold docs
