#!/usr/bin/env bash
# One night on one machine: run, report, decide. The exit code is the gate's.
#
# Settings come from the environment, here with their defaults; keys too, under the names that api_key_env of the
# arms has. It runs in the folder that holds gonogo.toml.
set -euo pipefail

GONOGO=${GONOGO:-target/release/gonogo}
SUITES=${SUITES:-typescript rust go java}
ARMS=${ARMS:?name the arms to run, such as "vllm-xgrammar vllm-guidance"}
POLICY=${POLICY:-reports/policies/migration.toml}
SEED=${SEED:-$(date +%Y%m%d)}
HOURS=${HOURS:-3}

# Tonight's own name: where a run was stopped before its folder was there, last night's must not be judged for it.
NIGHT=nightly-$(date -u +%Y%m%dT%H%M%S)-$$

args=(--seed "$SEED" --name "$NIGHT")
for arm in $ARMS; do args+=(--arm "$arm"); done
code=0
# SUITES are words on purpose.
timeout --preserve-status --signal=INT "${HOURS}h" "$GONOGO" --quiet run $SUITES "${args[@]}" || code=$?
case $code in
  0 | 3 | 130) ;; # what was given up or cut off is missing, and the gate says so
  *) exit "$code" ;;
esac
"$GONOGO" --quiet report "$NIGHT" --policy "$POLICY" > /dev/null || {
  echo "nightly.sh: nothing of $NIGHT can be judged (the run left by $code); another night's run says nothing of it" >&2
  exit 2
}
"$GONOGO" gate "$NIGHT" --policy "$POLICY"
