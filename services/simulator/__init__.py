"""A contact centre that never was: people, their stories, and the truth about what hurt them."""
