"""FHIR over HTTP: released reports to read and find, Questionnaires, and terminology.

What is served stands in one table (`table`): routes, CapabilityStatement and TerminologyCapabilities are made from it.
`app` is the door: it bounds, negotiates, asks the table and answers; whatever goes wrong is an OperationOutcome.
"""
