"""The read side: projects the topics into a database and answers what is so now."""
