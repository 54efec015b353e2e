"""Bodies of access reviews: https://learn.microsoft.com/graph/api/resources/accessreviewsv2-overview"""

from typing import Final

from sandbox.directory.bodies import Body, Field

TEXTS: Final = ("query", "queryType", "queryRoot")
SCOPE: Final[Body] = {
    **dict.fromkeys(TEXTS, Field()),
    "inactiveDuration": Field(),  # accessReviewInactiveUsersQueryScope
    "principalScopes": Field("things", inner=dict.fromkeys(TEXTS, Field())),
    "resourceScopes": Field("things", inner=dict.fromkeys(TEXTS, Field())),
}
REVIEWERS: Final = Field("things", inner=dict.fromkeys(TEXTS, Field()))
PATTERN: Final[Body] = {
    "type": Field("string", required=True, values=frozenset({"weekly", "absoluteMonthly"})),
    **dict.fromkeys(("interval", "dayOfMonth", "month"), Field("number")),
    "daysOfWeek": Field("strings"),
    "firstDayOfWeek": Field(),
    "index": Field(),
}
RANGE: Final[Body] = {
    "type": Field("string", required=True, values=frozenset({"noEnd", "endDate", "numbered"})),
    **dict.fromkeys(("startDate", "endDate", "recurrenceTimeZone"), Field()),
    "numberOfOccurrences": Field("number"),
}
RECURRENCE: Final[Body] = {
    "pattern": Field("object", inner=PATTERN),
    "range": Field("object", inner=RANGE),
}
DECISIONS: Final = frozenset({"Approve", "Deny", "Recommendation"})
SETTINGS: Final[Body] = {
    "applyActions": Field("things", inner={}),
    **dict.fromkeys(
        (
            *("autoApplyDecisionsEnabled", "decisionHistoriesForReviewersEnabled"),
            *("defaultDecisionEnabled", "justificationRequiredOnApproval"),
            *("mailNotificationsEnabled", "recommendationsEnabled"),
            "reminderNotificationsEnabled",
        ),
        Field("bool"),
    ),
    "defaultDecision": Field("string", values=DECISIONS),
    "instanceDurationInDays": Field("number", required=True),
    "recommendationInsightSettings": Field("things"),
    "recommendationLookBackDuration": Field(),
    "recurrence": Field("object", inner=RECURRENCE),
}
DEFINITION: Final[Body] = {
    "displayName": Field(required=True),
    "descriptionForAdmins": Field(),
    "descriptionForReviewers": Field(),
    "scope": Field("object", required=True, inner=SCOPE),
    "instanceEnumerationScope": Field("object", inner=SCOPE),
    "settings": Field("object", required=True, inner=SETTINGS),
    "reviewers": REVIEWERS,
    "fallbackReviewers": REVIEWERS,
    "stageSettings": Field("things"),
    "additionalNotificationRecipients": Field("things"),
}
INSTANCE: Final[Body] = {
    **dict.fromkeys(("id", "startDateTime", "endDateTime"), Field()),
    "status": Field(
        "string",
        values=frozenset(
            (
                *("NotStarted", "Initializing", "Starting", "InProgress", "Completing"),
                *("Completed", "AutoReviewing", "AutoReviewed", "Applying", "Applied"),
            )
        ),
    ),
    "scope": Field("object", inner=SCOPE),
    "reviewers": REVIEWERS,
    "fallbackReviewers": REVIEWERS,
}
NAMED: Final[Body] = {
    **dict.fromkeys(("id", "displayName", "userPrincipalName", "type"), Field()),
    "ipAddress": Field(),
}
DECISION: Final[Body] = {
    "id": Field(),
    "decision": Field("string", values=frozenset({"Approve", "Deny", "NotReviewed", "DontKnow"})),
    "applyResult": Field(
        "string",
        values=frozenset(
            (
                *("New", "AppliedSuccessfully", "AppliedWithUnknownFailure"),
                *("AppliedSuccessfullyButObjectNotFound", "ApplyNotSupported"),
            )
        ),
    ),
    "recommendation": Field("string", values=frozenset({"Approve", "Deny", "NoInfoAvailable"})),
    **dict.fromkeys(
        (
            *("accessReviewId", "justification", "principalLink", "resourceLink"),
            *("reviewedDateTime", "appliedDateTime"),
        ),
        Field(),
    ),
    **dict.fromkeys(
        ("principal", "resource", "reviewedBy", "appliedBy"), Field("object", inner=NAMED)
    ),
}
