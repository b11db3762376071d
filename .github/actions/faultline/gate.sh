#!/usr/bin/env bash
# What the action does: runs `faultline gate` by the inputs in FAULTLINE_*, and tells GitHub where its files are.
set -euo pipefail

read -r -a command <<<"$FAULTLINE_COMMAND"
read -r -a names <<<"$FAULTLINE_NAMES"
arguments=(--seeds "$FAULTLINE_SEEDS" --shard "$FAULTLINE_PART" --ci "$FAULTLINE_FOLDER")
if [ -n "$FAULTLINE_SYSTEMS" ]; then arguments+=(--systems "$FAULTLINE_SYSTEMS"); fi

code=0
"${command[@]}" gate ${names[@]+"${names[@]}"} "${arguments[@]}" || code=$?

{
  echo "exit-code=$code"
  echo "folder=$FAULTLINE_DIRECTORY/$FAULTLINE_FOLDER"
  # An artifact's name has no slash.
  if [ -n "$FAULTLINE_ARTIFACT" ]; then echo "artifact=$FAULTLINE_ARTIFACT-${FAULTLINE_PART//\//-of-}"; fi
} >>"$GITHUB_OUTPUT"

# A part of the seeds may exercise too little where all of them do not: `faultline merge` has the last word on that.
if [ "$code" -eq 3 ] && [ "${FAULTLINE_PART#*/}" != 1 ]; then
  echo "::warning title=faultline::shard $FAULTLINE_PART is inconclusive by itself; faultline merge judges all of them together"
  exit 0
fi
exit "$code"
