#!/bin/sh
# Makes .venv and installs what `make up` (sandbox) or `make test` (dev) needs, pinned by hash.
set -eu
cd "$(dirname "$0")/.."
group=${1:-sandbox}

find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "workload-secrets needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv)." >&2
    exit 2
}

if [ ! -x .venv/bin/python ]; then
    python=$(find_python)
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        echo "$python can't make a virtual environment: install its venv module (Debian: apt-get install python3-venv)." >&2
        exit 2
    fi
fi

set -- --requirement requirements.txt --requirement requirements/sandbox.txt
if [ "$group" = dev ]; then
    set -- "$@" --requirement requirements/dev.txt
fi
echo "Installing the pinned requirements into .venv (some minutes the first time)."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes "$@"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# The policy pack takes this environment, unless `pulumi install` has made it one of its own.
if [ ! -e policies/.venv ]; then
    ln -sfn ../.venv policies/.venv
fi
touch .venv/.ready-sandbox
if [ "$group" = dev ]; then
    touch .venv/.ready-dev
fi
