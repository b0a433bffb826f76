// What every Observation of a report shares.

Profile: EmhObservation
Parent: Observation
Id: emh-observation
Title: "Answer or group of answers"
Description: "An Observation that was born in a report: one answer, or the root of a group of answers."
* identifier 1..*
* identifier ^slicing.discriminator.type = #value
* identifier ^slicing.discriminator.path = "system"
* identifier ^slicing.rules = #open
* identifier contains item 1..1
* identifier[item] ^short = "The same in every version of the report, so that sending twice changes nothing"
* identifier[item].system 1..1
* identifier[item].system = $item
* identifier[item].value 1..1
* code.coding 1..*
* code.text 1..1
* subject 1..1
* dataAbsentReason from $absent-vs (required)
* obeys emh-obs-1 and emh-obs-2 and emh-obs-3

Invariant: emh-obs-1
Description: "The identifier of what is born in a report is a UUID of version 5."
Severity: #error
Expression: "identifier.where(system = 'https://emh-report.test/fhir/report-item').value.all($this.matches('^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'))"

Invariant: emh-obs-2
Description: "Codes of standard systems come first and a code of the project last."
Severity: #error
Expression: "code.coding.last().system.startsWith('https://emh-report.test/fhir/CodeSystem/')"

Invariant: emh-obs-3
Description: "A quantity has a number, and a unit of UCUM as code."
Severity: #error
Expression: "value.ofType(Quantity).all(value.exists() and system = 'http://unitsofmeasure.org' and code.exists())"
