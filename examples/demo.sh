#!/usr/bin/env bash
# Indexes the example corpus and shows what search finds in it. A second run finds nothing to do.
set -euo pipefail
codices=.venv/bin/codices
export CODICES_HOME="${CODICES_HOME:-.codices}" CODICES_CONFIG=examples/codices.toml

$codices index examples/corpus

ask() {
  echo
  echo "\$ codices search $*"
  $codices search "$@" --limit 3
}
ask "load balancer configuration diagram" --modality figure
ask "which ports does each component listen on" --modality table
ask "ERR_UPSTREAM_PINNED"

cat <<END

Look at runs, assets and backfills:    make ui
Query from Python:                     .venv/bin/python -c 'from codices import open_index; print(open_index("$CODICES_HOME").search("load balancer").to_pandas())'
END
