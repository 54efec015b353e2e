"""The trigger table: each row decodes what came and calls one flow."""

import os
from typing import List  # noqa: UP035 - the worker does not load the builtin list here

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient

from b2b import wire
from b2b.deferral import defers_to, keep_dead_letter, settle_together
from b2b.waking import keeps_vigil
from b2b.wiring import live

app = func.FunctionApp()


@app.blob_trigger(
    arg_name="upload",
    path="uploads/{name}",
    connection="AzureWebJobsStorage",
    source=func.BlobSource(os.environ.get("UPLOAD_SOURCE", "EventGrid")),
)
async def take_in_upload(upload: BlobClient) -> None:
    await live().intake.take_in(upload.blob_name)


@app.timer_trigger(arg_name="timer", schedule="%RESCAN_SCHEDULE%")
@keeps_vigil
async def rescan_uploads(timer: func.TimerRequest) -> None:
    await live().intake.rescan()


@app.service_bus_queue_trigger(
    arg_name="message", queue_name="%INVITATION_QUEUE%", connection="SERVICEBUS"
)
@defers_to("%INVITATION_QUEUE%")
@keeps_vigil
async def invite_guest(message: func.ServiceBusMessage) -> None:
    house = live()
    await house.onboarding.onboard(wire.read_request(message.get_body(), house.settings.tenant_id))


@app.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="%ASSIGNMENT_QUEUE%",
    connection="SERVICEBUS",
    cardinality=func.Cardinality.MANY,
)
async def assign_access(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    await settle_together(
        "%ASSIGNMENT_QUEUE%", messages, wire.read_assignment, live().assigning.assign
    )


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def sweep_guests(timer: func.TimerRequest) -> None:
    await live().stays.sweep.go_on()


@app.timer_trigger(arg_name="timer", schedule="%POSTURE_SCHEDULE%")
async def audit_tenant(timer: func.TimerRequest) -> None:
    await live().posture.audit()


@app.timer_trigger(arg_name="timer", schedule="%ACTIVITY_SCHEDULE%")
async def export_activity(timer: func.TimerRequest) -> None:
    await live().activity.export()


@app.service_bus_queue_trigger(
    arg_name="message", queue_name="%DEPARTURE_QUEUE%", connection="SERVICEBUS"
)
@defers_to("%DEPARTURE_QUEUE%")
@keeps_vigil
async def depart_guest(message: func.ServiceBusMessage) -> None:
    await live().stays.departing.depart(*wire.read_departure(message.get_body()))


@app.service_bus_queue_trigger(
    arg_name="message", queue_name="%RESULTS_QUEUE%", connection="SERVICEBUS"
)
@defers_to("%RESULTS_QUEUE%")
async def publish_results(message: func.ServiceBusMessage) -> None:
    await live().results.publish(wire.read_publish(message.get_body()))


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%INVITATION_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
)
async def keep_dead_invitation(message: func.ServiceBusMessage) -> None:
    await keep_dead_letter("%INVITATION_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%ASSIGNMENT_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
)
async def keep_dead_assignment(message: func.ServiceBusMessage) -> None:
    await keep_dead_letter("%ASSIGNMENT_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%DEPARTURE_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
)
async def keep_dead_departure(message: func.ServiceBusMessage) -> None:
    await keep_dead_letter("%DEPARTURE_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%RESULTS_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
)
async def keep_dead_result(message: func.ServiceBusMessage) -> None:
    await keep_dead_letter("%RESULTS_QUEUE%", message)
