# `make up` rehearses the dev stack, `make test` runs every test, `make check` the quick ones.
.PHONY: up test check docs requirements providers checkov clean
BIN := .venv/bin

up: .venv/.ready-sandbox
	@$(BIN)/workload-secrets rehearse dev

test: .venv/.ready-dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/.ready-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/pyright .ci/*.py .github/scripts/*.py
	@$(BIN)/python .ci/workflows.py
	@$(BIN)/python -m pytest -n 2 -m "not sandbox and not engine"

docs: .venv/.ready-dev
	@$(BIN)/python -m docs.generator

requirements:
	@requirements/compile.sh

# Pulumi's own Kubernetes provider, for `--providers kubernetes=real`: about ten minutes of one core.
providers: .venv/.ready-sandbox
	@$(BIN)/python -m workload_secrets.cli.providers

checkov: .venv/.ready-dev .checkov/.ready
	@$(BIN)/python -m bench.checkov --checkov .checkov/bin/checkov
	@$(BIN)/python -m docs.generator

.checkov/.ready: requirements/checkov.txt
	@$(BIN)/python -m venv .checkov
	@.checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/checkov.txt
	@touch $@

clean:
	rm -rf .venv policies/.venv .checkov .sandbox

.venv/.ready-%: requirements.txt requirements/sandbox.txt requirements/dev.txt pyproject.toml requirements/install.sh
	@requirements/install.sh $*
