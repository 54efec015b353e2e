"""The demo: a sample CSV becomes guests on a local Azure while you watch."""
