"""What comes in as FHIR: answers of a form."""
