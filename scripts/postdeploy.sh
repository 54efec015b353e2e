#!/bin/sh
# azd, after the code is there: Event Grid is told to call the app for each new file in uploads.
# The key of the webhook exists only once the host has loaded a blob trigger, so this waits for it.
# Running it again renews the key; a file whose event is lost meanwhile is found within the hour.
set -eu

: "${AZURE_RESOURCE_GROUP:?run it by azd, or with the values of: azd env get-values}"
: "${AZURE_FUNCTION_APP:?}" "${AZURE_FUNCTION_HOST:?run azd provision first}" "${AZURE_EVENTGRID_TOPIC:?}"
tries=${TRIES:-40} pause=${PAUSE_SECONDS:-15}

again() {
  tries=$((tries - 1))
  if [ "$tries" -le 0 ]; then
    echo "$1 Look at its log stream, then run" >&2
    echo '  azd hooks run postdeploy' >&2
    exit 1
  fi
  echo 'Waiting for the app to load ...'
  sleep "$pause"
}

key=''
while [ -z "$key" ]; do
  key=$(az functionapp keys list --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP" \
    --query systemKeys.blobs_extension --output tsv 2>/dev/null) || key=''
  [ -n "$key" ] || again 'The app has not loaded its blob trigger.'
done

# Event Grid calls the webhook before it believes in it; an app that just starts may be too slow to answer.
tries=${TRIES:-8}
until az eventgrid system-topic event-subscription create --resource-group "$AZURE_RESOURCE_GROUP" \
  --system-topic-name "$AZURE_EVENTGRID_TOPIC" --name uploads --endpoint-type webhook \
  --endpoint "https://$AZURE_FUNCTION_HOST/runtime/webhooks/blobs?functionName=Host.Functions.take_in_upload&code=$key" \
  --included-event-types Microsoft.Storage.BlobCreated \
  --subject-begins-with /blobServices/default/containers/uploads/ \
  --max-delivery-attempts 30 --event-ttl 1440 --output none; do
  again 'The app did not answer Event Grid.'
done
echo "Files in uploads reach $AZURE_FUNCTION_APP."
