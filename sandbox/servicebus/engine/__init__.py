"""Queues, locks and sessions, without a socket or a clock of their own."""
