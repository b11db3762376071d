#!/usr/bin/env bash
# What the action does: runs `faultline gate` by the inputs in GATE_*, and tells GitHub where its files are.
set -euo pipefail

read -r -a command <<<"$GATE_COMMAND"
read -r -a names <<<"$GATE_NAMES"
arguments=(--seeds "$GATE_SEEDS" --shard "$GATE_PART" --ci "$GATE_FOLDER")
if [ -n "$GATE_SYSTEMS" ]; then arguments+=(--systems "$GATE_SYSTEMS"); fi

code=0
"${command[@]}" gate ${names[@]+"${names[@]}"} "${arguments[@]}" || code=$?

{
  echo "exit-code=$code"
  echo "folder=$GATE_DIRECTORY/$GATE_FOLDER"
  # An artifact's name has no slash.
  if [ -n "$GATE_ARTIFACT" ]; then echo "artifact=$GATE_ARTIFACT-${GATE_PART//\//-of-}"; fi
} >>"$GITHUB_OUTPUT"

# A part of the seeds may exercise too little where all of them do not: `faultline merge` has the last word on that.
if [ "$code" -eq 3 ] && [ "${GATE_PART#*/}" != 1 ]; then
  echo "::warning title=faultline::shard $GATE_PART is inconclusive by itself; faultline merge judges all of them together"
  exit 0
fi
exit "$code"
