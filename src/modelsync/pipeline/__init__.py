"""The journey of the data, from files and sources to a plan and back to the files: one module a thing to be done."""
