#!/bin/sh
# azd, after the resources are there: says what is left to a person, and grants a stage if one was
# chosen (`azd env set GRANT_STAGE report`).
set -eu
here=$(dirname "$0")
if [ -n "${GRANT_STAGE:-}" ]; then
  exec "$here/grant-permissions.sh" --stage "$GRANT_STAGE"
fi
: "${AZURE_IDENTITY_PRINCIPAL_ID:?run it by azd, or with the values of: azd env get-values}"
: "${AZURE_STORAGE_ACCOUNT:?run it by azd, or with the values of: azd env get-values}"
cat <<TEXT
The identity of the app holds no Graph permission yet. A Privileged Role Administrator runs

  scripts/grant-permissions.sh --stage report --principal $AZURE_IDENTITY_PRINCIPAL_ID

and somebody puts the policy there:

  az storage blob upload --auth-mode login --account-name $AZURE_STORAGE_ACCOUNT \\
    --container-name config --name policy.toml --file policy.toml
TEXT
