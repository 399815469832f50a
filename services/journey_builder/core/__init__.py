"""Pure: no clock, no I/O. A contact is a fold over its events, a journey a fold over its contacts."""
