#!/usr/bin/env bash
# Builds the pages of web/ and the readable page of docs/api into build/web/dist, once for all presets and only when something changed.
#   build/web/installed   the lock file that node_modules was installed from
#   build/web/built       a hash of the sources that dist was built from
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/build/web
mkdir -p "$out"
exec 9>"$out/lock"
flock 9  # Two builds may run at once.

sources=$(find web docs/api/openapi.yaml -path web/node_modules -prune -o -path web/dist -prune -o -path web/mock -prune -o -type f -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
if [ -f "$out/dist/index.html" ] && [ "$sources" = "$(cat "$out/built" 2>/dev/null)" ]; then exit 0; fi

command -v npm >/dev/null || { echo "build_web: npm is missing; ./dev build installs it" >&2; exit 1; }
if [ ! -d web/node_modules ] || ! cmp -s web/package-lock.json "$out/installed"; then
  echo "Installing the npm packages of web/package-lock.json" >&2
  # No package needs a script of its own to be installed: esbuild's program comes as a package too.
  (cd web && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2)
  cp web/package-lock.json "$out/installed"
fi
echo "Building the pages of web/" >&2
rm -rf "$out/next"
(cd web && POSTERN_WEB_OUT="$out/next" npm run --silent build -- --logLevel error >&2)
(cd web && node api-docs/build.mjs ../docs/api/openapi.yaml "$out/next/docs")
rm -rf "$out/dist"
mv "$out/next" "$out/dist"
echo "$sources" > "$out/built"
