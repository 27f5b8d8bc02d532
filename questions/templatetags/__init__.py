"""Words of the template language."""
