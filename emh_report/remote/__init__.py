"""Servers of others that an operator names in a file: how such a file is read, and how they are talked to.

`delivery` sends to them and `sources` asks them; what keeps both safe stands here once.
"""
