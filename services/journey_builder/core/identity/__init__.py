"""Who is who: identifiers as they compare, keys of customers, and which identifiers are one customer."""
