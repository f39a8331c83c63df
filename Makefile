# `make up` rehearses the dev stack, `make test` runs every test, `make check` the quick ones.
.PHONY: up test check docs requirements clean
BIN := .venv/bin

up: .venv/.ready-sandbox
	@$(BIN)/workload-secrets rehearse dev

test: .venv/.ready-dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/.ready-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/python -m pytest -n 2 -m "not sandbox and not engine"

docs: .venv/.ready-dev
	@$(BIN)/python -m docs.generator

requirements:
	@requirements/compile.sh

clean:
	rm -rf .venv .sandbox

.venv/.ready-%: requirements.txt requirements/sandbox.txt requirements/dev.txt pyproject.toml requirements/install.sh
	@requirements/install.sh $*
