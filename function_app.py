"""The trigger table: each row decodes what came and calls one flow."""

import os
from collections.abc import Sequence

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient

from b2b import outside, wire
from b2b.deferral import (
    answers,
    defers_to,
    keep_dead_letter,
    receives_dead_letter,
    settles_together,
)
from b2b.domain.access import Assignment
from b2b.domain.received_message import ReceivedMessage
from b2b.flows.assignment import Endings
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
    arg_name="message",
    queue_name="%INVITATION_QUEUE%",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@defers_to("%INVITATION_QUEUE%", refused=answers)
@keeps_vigil
async def invite_guest(message: ReceivedMessage) -> None:
    house = live()
    await house.correspondence.asking.obey(
        outside.read_invitation(message.body, house.settings.tenant_id, message.stamp)
    )


@app.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="%ASSIGNMENT_QUEUE%",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
    cardinality=func.Cardinality.MANY,
)
@settles_together("%ASSIGNMENT_QUEUE%", wire.read_assignment)
async def assign_access(assignments: Sequence[Assignment]) -> Endings:
    return await live().assigning.assign(assignments)


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def sweep_guests(timer: func.TimerRequest) -> None:
    await live().stays.sweep.go_on()


@app.timer_trigger(arg_name="timer", schedule="%ACTIVITY_SCHEDULE%")
async def export_activity(timer: func.TimerRequest) -> None:
    await live().activity.export()


@app.timer_trigger(arg_name="timer", schedule="%AUDIT_SCHEDULE%")
@keeps_vigil
async def audit_guests(timer: func.TimerRequest) -> None:
    await live().census.go_on()


@app.timer_trigger(arg_name="timer", schedule="%POSTURE_SCHEDULE%")
async def audit_tenant(timer: func.TimerRequest) -> None:
    await live().posture.audit()


@app.timer_trigger(arg_name="timer", schedule="%SNAPSHOT_SCHEDULE%")
@keeps_vigil
async def snapshot_ledger(timer: func.TimerRequest) -> None:
    await live().snapshots.nightly()
    await live().retention.nightly()


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%DEPARTURE_QUEUE%",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@defers_to("%DEPARTURE_QUEUE%", refused=answers)
@keeps_vigil
async def depart_guest(message: ReceivedMessage) -> None:
    house = live()
    await house.correspondence.let_go(
        outside.read_departure(message.body, house.settings.tenant_id, message.stamp),
        message.first_day,
    )


@app.timer_trigger(arg_name="timer", schedule="%REDEMPTION_SCHEDULE%")
@keeps_vigil
async def notice_redemptions(timer: func.TimerRequest) -> None:
    await live().correspondence.redemptions.notice()


@app.timer_trigger(arg_name="timer", schedule="%EVENT_SCHEDULE%")
async def send_events(timer: func.TimerRequest) -> None:
    await live().correspondence.telling.catch_up()


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%RESULTS_QUEUE%",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@defers_to("%RESULTS_QUEUE%")
async def publish_results(message: ReceivedMessage) -> None:
    await live().results.publish(wire.read_publish(message.body))


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%MAIL_QUEUE%",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@defers_to("%MAIL_QUEUE%")
async def send_mail(message: ReceivedMessage) -> None:
    await live().mail.mailing.send(wire.read_mail(message.body))


@app.timer_trigger(arg_name="timer", schedule="%DIGEST_SCHEDULE%")
async def send_digests(timer: func.TimerRequest) -> None:
    await live().mail.digests.post()


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%INVITATION_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@receives_dead_letter
async def keep_dead_invitation(message: ReceivedMessage) -> None:
    await keep_dead_letter("%INVITATION_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%ASSIGNMENT_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@receives_dead_letter
async def keep_dead_assignment(message: ReceivedMessage) -> None:
    await keep_dead_letter("%ASSIGNMENT_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%DEPARTURE_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@receives_dead_letter
async def keep_dead_departure(message: ReceivedMessage) -> None:
    await keep_dead_letter("%DEPARTURE_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%RESULTS_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@receives_dead_letter
async def keep_dead_result(message: ReceivedMessage) -> None:
    await keep_dead_letter("%RESULTS_QUEUE%", message)


@app.service_bus_queue_trigger(
    arg_name="message",
    queue_name="%MAIL_QUEUE%/$deadletterqueue",
    connection="SERVICEBUS",
    data_type=func.DataType.BINARY,
)
@receives_dead_letter
async def keep_dead_mail(message: ReceivedMessage) -> None:
    await keep_dead_letter("%MAIL_QUEUE%", message)
