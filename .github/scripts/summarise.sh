#!/usr/bin/env bash
# Runs a command, shows its output in the log and, fenced, in the job's summary.
# Usage: summarise.sh TITLE COMMAND [ARGUMENT...]. Ends as the command does.
set -euo pipefail

title=$1
shift
shown=$(mktemp)
trap 'rm -f "$shown"' EXIT

code=0
"$@" 2>&1 | tee "$shown" || code=${PIPESTATUS[0]}

# A summary over one MiB is refused whole. A backtick (140) could end the fence.
{
    printf '### %s: exit code %s\n\n````text\n' "$title" "$code"
    head -c 900000 "$shown" | tr -d '\140\033'
    printf '\n````\n\n'
} >>"${GITHUB_STEP_SUMMARY:-/dev/stderr}"
exit "$code"
