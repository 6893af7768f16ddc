#!/usr/bin/env bash
# Indexes the example corpus and shows what search finds in it. A second run finds nothing to do.
# It works in the folder examples, whose codices.toml and .codices belong to the example alone.
set -euo pipefail
cd "$(dirname "$0")"
codices=../.venv/bin/codices

$codices index corpus

ask() {
  echo
  echo "\$ codices search $*"
  $codices search "$@" --limit 3
}
ask "load balancer configuration diagram" --modality figure
ask "which ports does each component listen on" --modality table
ask "ERR_UPSTREAM_PINNED"

cat <<'END'

Index documents of your own:     .venv/bin/codices index ~/manuals
Look at this index in the UI:    make ui
Query it from Python:            .venv/bin/python -c 'from codices import open_index; print(open_index("examples/.codices").search("load balancer").to_pandas())'
END
