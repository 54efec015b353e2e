#!/bin/sh
# Gives the app's identity the Graph permissions of a stage, or takes a stage back.
# What each is for stands in infra/permissions.json. Running it twice changes nothing.
set -eu

usage() {
  cat >&2 <<'TEXT'
usage: grant-permissions.sh --stage report|invite|enforce [--take-back] [--principal ID] [--yes]

  --stage      grant this stage and those before it
  --take-back  take this stage and those after it away instead
  --principal  object id of the app's identity (else AZURE_IDENTITY_PRINCIPAL_ID, as azd knows it)
  --yes        do not ask

Whoever runs it needs the role Privileged Role Administrator or Global Administrator:
no lesser role may grant application permissions of Microsoft Graph.
TEXT
  exit 64
}

stage='' take_back='' yes='' principal="${AZURE_IDENTITY_PRINCIPAL_ID:-}"
while [ $# -gt 0 ]; do
  case "$1" in
    --stage) [ $# -gt 1 ] || usage; stage=$2; shift ;;
    --principal) [ $# -gt 1 ] || usage; principal=$2; shift ;;
    --take-back) take_back=1 ;;
    --yes) yes=1 ;;
    *) usage ;;
  esac
  shift
done
case "$stage" in report | invite | enforce) ;; *) usage ;; esac
if [ -z "$principal" ]; then
  echo 'Whose permissions? Give --principal, or run it where azd knows the environment:' >&2
  echo '  azd env get-values gives AZURE_IDENTITY_PRINCIPAL_ID' >&2
  exit 64
fi

graph=https://graph.microsoft.com/v1.0
file=$(dirname "$0")/../infra/permissions.json
rows=$("${PYTHON:-python3}" - "$file" "$stage" "${take_back:-}" <<'PYTHON'
import json, sys
read = json.load(open(sys.argv[1], encoding="utf-8"))
stages = list(read["stages"])
at = stages.index(sys.argv[2])
wanted = stages[at:] if sys.argv[3] else stages[: at + 1]
print(read["resource"])
for one in read["permissions"]:
    if one["stage"] in wanted:
        print(one["id"], one["name"], one["stage"], one["reason"], sep="\t")
PYTHON
)
app=$(printf '%s\n' "$rows" | head -n 1)
rows=$(printf '%s\n' "$rows" | tail -n +2)

resource=$(az rest --method get --url "$graph/servicePrincipals(appId='$app')" --query id --output tsv)
name=$(az rest --method get --url "$graph/servicePrincipals/$principal" --query displayName --output tsv)
held=$(az rest --method get --url "$graph/servicePrincipals/$principal/appRoleAssignments" \
  --query "value[?resourceId=='$resource'].[appRoleId,id]" --output tsv)

assignment_of() {
  printf '%s\n' "$held" | awk -v role="$1" '$1 == role { print $2 }'
}

tab=$(printf '\t')
todo=''
echo "$name ($principal):"
while IFS=$tab read -r id permission of reason; do
  assignment=$(assignment_of "$id")
  if [ -n "$take_back" ] && [ -n "$assignment" ]; then
    echo "  - $permission  ($of: $reason)"
    todo="$todo $assignment"
  elif [ -z "$take_back" ] && [ -z "$assignment" ]; then
    echo "  + $permission  ($of: $reason)"
    todo="$todo $id"
  elif [ -n "$assignment" ]; then
    echo "    $permission  is held already"
  else
    echo "    $permission  is not held"
  fi
done <<ROWS
$rows
ROWS
[ -n "$todo" ] || { echo 'Nothing to do.'; exit 0; }
if [ -z "$yes" ]; then
  printf 'This takes a Privileged Role Administrator or Global Administrator. Go on? [y/N] '
  read -r answer || answer=''
  case "$answer" in y | Y | yes) ;; *) echo 'Nothing was changed.'; exit 1 ;; esac
fi
for one in $todo; do
  if [ -n "$take_back" ]; then
    az rest --method delete --url "$graph/servicePrincipals/$principal/appRoleAssignments/$one"
  else
    az rest --method post --url "$graph/servicePrincipals/$principal/appRoleAssignments" \
      --body "{\"principalId\":\"$principal\",\"resourceId\":\"$resource\",\"appRoleId\":\"$one\"}" --output none
  fi
done
echo 'Done. The app asks for a new token within a day; until then it holds what its last one says.'
