"""Where to ask for models and how to read the answer: one pure module a source, bytes in, a `Listing` out."""
