#!/bin/sh
# Pins every requirement with its hashes; names no index. Needs uv on PATH.
set -eu
cd "$(dirname "$0")/.."
pin() {
    uv pip compile --quiet --generate-hashes --python-version 3.11 --universal \
        --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make requirements" "$1" -o "$2"
}
pin requirements/program.in requirements.txt
pin requirements/policies.in policies/requirements.txt
pin requirements/sandbox.in requirements/sandbox.txt
pin requirements/dev.in requirements/dev.txt
pin requirements/go.in requirements/go.txt
pin requirements/checkov.in requirements/checkov.txt
