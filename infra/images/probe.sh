#!/bin/sh
# probe.sh: the probe, then its report into the archive. Its exit code is the probe's: the verdict.
set -u
report=/tmp/report.json
node --enable-source-maps /castle/chaos-probe.mjs > "$report" &
probe=$!
trap 'kill -TERM "$probe"' TERM
code=0
# A signal ends a wait before the probe has.
while :; do
  wait "$probe"
  code=$?
  kill -0 "$probe" 2>/dev/null || break
done
cat "$report"
[ ! -s "$report" ] || node /castle/keep-report.mjs "$report" || true
exit "$code"
