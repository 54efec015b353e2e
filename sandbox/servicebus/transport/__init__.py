"""AMQP 1.0 connections, sessions and links, as the Service Bus SDKs use them."""
