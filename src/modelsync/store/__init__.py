"""Bytes on disk: the catalog and its lock are read, replaced and brought back as one pair.

`files` reads, `mutex` keeps writers apart, `commit` replaces the pair so that a crash anywhere leaves the old or the
new one, `backups` lists and restores. Nothing here knows YAML, JSON locks or merging: two byte strings go in and out.
"""
