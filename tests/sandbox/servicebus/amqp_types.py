"""The fields of AMQP 1.0 and their types, trimmed from the OASIS definitions.

docs.oasis-open.org/amqp/core/v1.0/os (amqp-core-types, -transport, -messaging, -transactions and
-security, 2012). `!` marks a mandatory field; `*` may be an array of the type.
"""

CODES = {
    "boolean": {0x41, 0x42, 0x56}, "ubyte": {0x50}, "ushort": {0x60}, "uint": {0x70, 0x52, 0x43},
    "ulong": {0x80, 0x53, 0x44}, "binary": {0xA0, 0xB0}, "string": {0xA1, 0xB1},
    "symbol": {0xA3, 0xB3}, "map": {0xC1, 0xD1}, "timestamp": {0x83},
}  # fmt: skip
ARRAYS = {0xE0, 0xF0}
# A list of possible descriptors stands for a described type.
OUTCOMES = (0x23, 0x24, 0x25, 0x26, 0x27, 0x33, 0x34)
FIELDS: dict[int, list[tuple[str, object]]] = {
    0x10: [("container-id!", "string"), ("hostname", "string"), ("max-frame-size", "uint"),
           ("channel-max", "ushort"), ("idle-time-out", "uint"), ("outgoing-locales*", "symbol"),
           ("incoming-locales*", "symbol"), ("offered-capabilities*", "symbol"),
           ("desired-capabilities*", "symbol"), ("properties", "map")],
    0x11: [("remote-channel", "ushort"), ("next-outgoing-id!", "uint"),
           ("incoming-window!", "uint"), ("outgoing-window!", "uint"), ("handle-max", "uint"),
           ("offered-capabilities*", "symbol"), ("desired-capabilities*", "symbol"),
           ("properties", "map")],
    0x12: [("name!", "string"), ("handle!", "uint"), ("role!", "boolean"),
           ("snd-settle-mode", "ubyte"), ("rcv-settle-mode", "ubyte"), ("source", (0x28,)),
           ("target", (0x29, 0x30)), ("unsettled", "map"), ("incomplete-unsettled", "boolean"),
           ("initial-delivery-count", "uint"), ("max-message-size", "ulong"),
           ("offered-capabilities*", "symbol"), ("desired-capabilities*", "symbol"),
           ("properties", "map")],
    0x13: [("next-incoming-id", "uint"), ("incoming-window!", "uint"),
           ("next-outgoing-id!", "uint"), ("outgoing-window!", "uint"), ("handle", "uint"),
           ("delivery-count", "uint"), ("link-credit", "uint"), ("available", "uint"),
           ("drain", "boolean"), ("echo", "boolean"), ("properties", "map")],
    0x14: [("handle!", "uint"), ("delivery-id", "uint"), ("delivery-tag", "binary"),
           ("message-format", "uint"), ("settled", "boolean"), ("more", "boolean"),
           ("rcv-settle-mode", "ubyte"), ("state", OUTCOMES), ("resume", "boolean"),
           ("aborted", "boolean"), ("batchable", "boolean")],
    0x15: [("role!", "boolean"), ("first!", "uint"), ("last", "uint"), ("settled", "boolean"),
           ("state", OUTCOMES), ("batchable", "boolean")],
    0x16: [("handle!", "uint"), ("closed", "boolean"), ("error", (0x1D,))],
    0x17: [("error", (0x1D,))],
    0x18: [("error", (0x1D,))],
    0x1D: [("condition!", "symbol"), ("description", "string"), ("info", "map")],
    0x24: [], 0x25: [("error", (0x1D,))], 0x26: [],
    0x27: [("delivery-failed", "boolean"), ("undeliverable-here", "boolean"),
           ("message-annotations", "map")],
    0x28: [("address", "string"), ("durable", "uint"), ("expiry-policy", "symbol"),
           ("timeout", "uint"), ("dynamic", "boolean"), ("dynamic-node-properties", "map"),
           ("distribution-mode", "symbol"), ("filter", "map"), ("default-outcome", OUTCOMES),
           ("outcomes*", "symbol"), ("capabilities*", "symbol")],
    0x29: [("address", "string"), ("durable", "uint"), ("expiry-policy", "symbol"),
           ("timeout", "uint"), ("dynamic", "boolean"), ("dynamic-node-properties", "map"),
           ("capabilities*", "symbol")],
    0x40: [("sasl-server-mechanisms!*", "symbol")],
    0x44: [("code!", "ubyte"), ("additional-data", "binary")],
    0x70: [("durable", "boolean"), ("priority", "ubyte"), ("ttl", "uint"),
           ("first-acquirer", "boolean"), ("delivery-count", "uint")],
    0x73: [("message-id", "any"), ("user-id", "binary"), ("to", "string"), ("subject", "string"),
           ("reply-to", "string"), ("correlation-id", "any"), ("content-type", "symbol"),
           ("content-encoding", "symbol"), ("absolute-expiry-time", "timestamp"),
           ("creation-time", "timestamp"), ("group-id", "string"), ("group-sequence", "uint"),
           ("reply-to-group-id", "string")],
}  # fmt: skip
