"""Folds events into contacts and contacts into journeys, and finds the friction in both."""
