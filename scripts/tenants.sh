#!/bin/sh
# Several installations side by side: one line for each azd environment, from its own log.
#   scripts/tenants.sh contoso fabrikam ...      (az login --tenant ... once for each)
set -eu
[ $# -gt 0 ] || { echo 'usage: tenants.sh ENVIRONMENT ...' >&2; exit 64; }
here=$(dirname "$0")
query=$(cat "$here/../infra/alerts/lines.kql" "$here/../infra/overview.kql")
failed=0
printf '%-20s %8s %8s %8s %12s %8s  %s\n' installation guests closed failed dead-letters stopped 'last sweep'
for name in "$@"; do
  workspace=$(azd env get-value AZURE_LOG_WORKSPACE_ID --environment "$name") &&
    subscription=$(azd env get-value AZURE_SUBSCRIPTION_ID --environment "$name") &&
    line=$(az monitor log-analytics query --workspace "$workspace" --subscription "$subscription" \
      --analytics-query "$query" --timespan P2D \
      --query '[0].[Guests,Closed,Failed,DeadLetters,Stopped,Sweep]' --output tsv) || line=''
  if [ -z "$line" ]; then
    printf '%-20s could not be asked: look at az login and azd env list\n' "$name"
    failed=1
    continue
  fi
  # shellcheck disable=SC2086  # the fields of one line
  printf '%-20s %8s %8s %8s %12s %8s  %s\n' "$name" $line
done
exit "$failed"
