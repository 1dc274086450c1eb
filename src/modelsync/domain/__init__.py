"""The nouns of modelsync, free of files, networks and terminals."""
