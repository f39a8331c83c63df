#!/usr/bin/env bash
# The review of one stack, without credentials: a summary for people, files for machines.
# Usage: review.sh STACK FOLDER
# BASE: a revision to compare with, or empty. ACCEPT_NEW_ACCESS: true, or anything else.
# Ends with the exit code of `workload-secrets preview`.
set -euo pipefail

stack=$1
folder=$2
mkdir -p "$folder"

options=()
if [ -n "${BASE:-}" ]; then
    options+=(--base "$(git rev-parse --verify --end-of-options "$BASE^{commit}")")
fi
if [ "${ACCEPT_NEW_ACCESS:-}" = true ]; then
    options+=(--accept-new-access)
fi

preview() {
    .venv/bin/workload-secrets preview "$stack" "${options[@]}" --format "$1"
}
preview text >"$folder/preview.txt" 2>&1 &
running=($!)
preview markdown >"$folder/preview.md" 2>/dev/null &
running+=($!)
preview json >"$folder/preview.json" 2>/dev/null &
running+=($!)
preview sarif >"$folder/review.sarif" 2>/dev/null &
running+=($!)

code=0
for one in "${running[@]}"; do
    wait "$one" || code=$?
done

cat "$folder/preview.txt"
{
    printf '# %s: exit code %s\n\n' "$stack" "$code"
    if [ -s "$folder/preview.md" ]; then
        head -c 900000 "$folder/preview.md"
    else
        printf '````text\n'
        head -c 100000 "$folder/preview.txt"
        printf '\n````\n'
    fi
} >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
exit "$code"
