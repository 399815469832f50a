"""The stories: one file a kind of contact, told as generators."""
