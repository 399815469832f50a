"""The rules file: what it may say, what it says, where, and since when."""
