"""A slow, obvious implementation of section 5 of the language, to check the engine against. It never imports it."""
