"""The way in: FHIR content as draft and context."""
