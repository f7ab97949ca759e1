#!/usr/bin/env bash
# Lints docs/api/openapi.yaml: lint.sh FOLDER, where the linter is installed unless it is there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
if ! cmp -s "$here/package-lock.json" "$folder/package-lock.json" || [ ! -x "$folder/node_modules/.bin/redocly" ]; then
  mkdir -p "$folder"
  cp "$here/package.json" "$here/.npmrc" "$folder"
  (cd "$folder" && cp "$here/package-lock.json" . && npm ci --ignore-scripts --no-audit --no-fund)
fi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
exec "$folder/node_modules/.bin/redocly" lint --config "$here/redocly.yaml" "$here/../../docs/api/openapi.yaml"
