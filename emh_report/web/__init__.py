"""The radiologist's form: HTML pages over the same pipeline as every other door.

Works without a script; the scripts in static/ make it quick. `typed` reads and writes answers as text, `sheet`
turns drafts into forms and back, `desk` has the use cases, `view` says what a page shows, `pages` renders it,
`guard` and `security` refuse what is not ours, `app` has the addresses, `server` runs it.
"""
