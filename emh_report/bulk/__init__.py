"""Everything that was released, written out in one pass over the store that can be stopped and gone on with.

A batch of reports is written and on the disk before the checkpoint says so. Whatever an interrupted run wrote after its
last checkpoint is cut off again, so nothing is there twice and nothing is missing.
"""
