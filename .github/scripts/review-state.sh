#!/usr/bin/env bash
# The rules over what is deployed. The state, whose secrets are encrypted, is in no file.
# Usage: review-state.sh STACK
set -euo pipefail

pulumi stack export --stack "$1" | .venv/bin/workload-secrets review --state /dev/stdin --format text
