#!/usr/bin/env bash
# run.sh NAME runs the optional check NAME.py against the service: clients and tools that others have written, from PyPI.
# They are installed from NAME.txt into .venv-check-NAME. The service is `npm start` with an empty folder, or the one at
# CRP_SERVE_URL.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
venv=.venv-check-$name
requirements=scripts/checks/$name.txt

if ! cmp -s "$requirements" "$venv/installed.txt"; then
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement "$requirements"
  cp "$requirements" "$venv/installed.txt"
fi

work=$(mktemp -d)
service=
finish() {
  if [ -n "$service" ]; then kill "$service" 2>/dev/null && wait "$service" || true; fi
  rm -rf "$work"
}
trap finish EXIT

if [ -z "${CRP_SERVE_URL:-}" ]; then
  PORT=0 DATA_DIR=$work/data LOG_LEVEL=warn \
    node --import tsx --conditions=crp-serve-source scripts/start/start.ts >"$work/log" 2>&1 &
  service=$!
  for _ in $(seq 600); do
    CRP_SERVE_URL=$(sed -n 's/.*crp-serve is ready: \(http[^ ]*\).*/\1/p' "$work/log")
    if [ -n "$CRP_SERVE_URL" ] || ! kill -0 "$service" 2>/dev/null; then break; fi
    sleep 0.2
  done
  [ -n "$CRP_SERVE_URL" ] || { cat "$work/log"; echo "the service did not start"; exit 1; }
fi

PATH=$PWD/$venv/bin:$PATH "$venv/bin/python" "scripts/checks/$name.py" "$CRP_SERVE_URL" "$work" || {
  status=$?
  if [ -f "$work/log" ]; then tail -40 "$work/log"; fi
  exit $status
}
