"""What may be seen, sent and repeated, and by whom? Tables and pure decisions; nothing here does I/O."""
