#!/usr/bin/env bash
# Opens the Dagster UI on the same home as `codices index`.
set -euo pipefail
export CODICES_HOME="${CODICES_HOME:-.codices}"
export CODICES_CORPUS="${CODICES_CORPUS:-}"
[ -n "$CODICES_CORPUS" ] || { unset CODICES_CORPUS; [ -e "$CODICES_HOME/home.json" ] || export CODICES_CORPUS=examples/corpus; }
[ -e codices.toml ] || export CODICES_CONFIG="${CODICES_CONFIG:-examples/codices.toml}"
DAGSTER_HOME="$(.venv/bin/python -m codices.pipelines.instance)"
export DAGSTER_HOME
echo "The UI opens on http://localhost:3000. To re-index by itself, switch on in Automation:"
echo "  observe_corpus_on_cron (or corpus_folder_changed) and reindex_stale."
exec .venv/bin/dagster dev --workspace workspace.yaml "$@"
