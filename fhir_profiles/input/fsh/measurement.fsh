Profile: EmhMeasurement
Parent: EmhObservation
Id: emh-measurement
Title: "Measurement"
Description: "An amount with the digits as entered and a unit of UCUM. Each axis of a size is a measurement of its own."
* value[x] 1..1
* value[x] only Quantity
* valueQuantity.value 1..1
* valueQuantity.comparator 0..0
* valueQuantity.system 1..1
* valueQuantity.system = $ucum
* valueQuantity.code 1..1
* valueQuantity from $unit-vs (required)
* dataAbsentReason 0..0
* component 0..0
* obeys emh-mea-1

Invariant: emh-mea-1
Description: "A part of an answer, such as an axis, is named together with the question that it answers."
Severity: #error
Expression: "code.coding.where(system = 'https://emh-report.test/fhir/CodeSystem/observable-part').exists() implies code.coding.where(system = 'https://emh-report.test/fhir/CodeSystem/observable').exists()"
