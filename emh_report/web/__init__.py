"""The radiologist's form: HTML pages over the same pipeline and the same store as every other door.

Works without a script; the scripts in static/ make it quick. `typed` reads and writes answers as text, `sheet`
turns drafts into forms and back, `conflict` brings two of them together, `desk` and `filing` have the use cases without
and with the store, `view` says what a form shows. Handlers, one file for each noun: `worklist`, `reports`, `releases`,
`versions`, `signin`, `invocation`. `language` says its words, `pages` renders, `respond` and `troubles` answer,
`guard`, `security` and `session` let in who may and refuse what is not ours, `app` has the addresses, `server` runs it.
"""
