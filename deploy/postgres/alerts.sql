-- Incidents and outbox keep a database of their own beside the read model, which may be dropped and made anew.
CREATE DATABASE alerts OWNER journeyline;
