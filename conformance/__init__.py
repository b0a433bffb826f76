"""Outside judges over everything that leaves as FHIR: `python -m scripts.conformance`. README.md says how and why."""
