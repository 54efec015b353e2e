"""AMQP 1.0 types as bytes, and messages cut into their sections."""
