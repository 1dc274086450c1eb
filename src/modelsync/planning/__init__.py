"""From base, ours and theirs to a plan: matching, merging, adding, pruning and guarding. Pure: no file, clock or network."""
