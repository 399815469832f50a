"""The door: takes events over HTTP, and answers 202 only when Kafka has them for good."""
