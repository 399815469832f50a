"""Pure and seeded: the same dice tell the same stories."""
