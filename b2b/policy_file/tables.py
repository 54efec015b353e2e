"""The whole of policy.toml as a pydantic model; the JSON Schema is written from it."""

from typing import Any

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from b2b.domain.policy import REFUSE, WriteSponsors
from b2b.policy_file.brakes_table import BrakesTable
from b2b.policy_file.intake_table import IntakeTable
from b2b.policy_file.kinds import Domain, Name
from b2b.policy_file.lifecycle_tables import ExemptionTable, LifecycleTable, PostureTable
from b2b.policy_file.mail_table import MailTable
from b2b.policy_file.partner_tables import PartnerTable, Table, TermsTable


def schema() -> dict[str, Any]:
    """Serves editors: every field with its kind, its default and a description."""
    made = PolicyTable.model_json_schema(schema_generator=_WithoutNull)
    return {"$schema": GenerateJsonSchema.schema_dialect, **made}


class _WithoutNull(GenerateJsonSchema):
    """TOML has no null: a key is left out instead. Titles would only repeat the keys."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        return {key: value for key, value in made.items() if (key, value) != ("default", None)}

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False


class PolicyTable(Table):
    """What Guestkeeper may do: policy.toml in the container config."""

    own_domains: tuple[Domain, ...] = Field(
        min_length=1, description="The tenant's own domains: nobody there is ever a guest."
    )
    unknown_domains: Name = Field(
        REFUSE,
        description='Domains of no partner: "refuse", or the name of the partner that takes them.',
    )
    write_sponsors: WriteSponsors = Field(
        WriteSponsors.INVITATION,
        description="When a guest's sponsor is written into the directory as well.",
    )
    defaults: TermsTable = Field(TermsTable(), description="What holds for every partner.")
    partners: tuple[PartnerTable, ...] = Field((), description="Where guests may come from.")
    lifecycle: LifecycleTable = Field(LifecycleTable(), description="The nightly sweep.")
    exemptions: tuple[ExemptionTable, ...] = Field((), description="Who is left alone by it.")
    posture: PostureTable = Field(PostureTable(), description="What the audits expect.")
    mail: MailTable = Field(MailTable(), description="Mails of our own.")
    intake: IntakeTable = Field(IntakeTable(), description="Files that people drop.")
    brakes: BrakesTable = Field(
        BrakesTable(), description="How many guests a day files and messages may affect."
    )
