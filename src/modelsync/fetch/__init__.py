"""From a source's name to its listing: the only room that reads the network, standard input and listing files."""
