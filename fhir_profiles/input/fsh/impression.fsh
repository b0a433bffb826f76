Profile: EmhImpression
Parent: EmhObservation
Id: emh-impression
Title: "Impression"
Description: "The root of the impression; its lines are members. The conclusion is a diagnosis of its own."
* code.coding ^slicing.discriminator.type = #value
* code.coding ^slicing.discriminator.path = "system"
* code.coding ^slicing.rules = #open
* code.coding contains group 1..1
* code.coding[group].system 1..1
* code.coding[group].system = $group
* code.coding[group].code 1..1
* code.coding[group].code = #impression
* value[x] 0..0
* dataAbsentReason 0..0
* component 0..0
* hasMember only Reference(Observation)

Profile: EmhDiagnosis
Parent: EmhObservation
Id: emh-diagnosis
Title: "Diagnosis of extramedullary hematopoiesis"
Description: "What is said about the diagnosis, of one lesion or in conclusion. Present only where the diagnosis was made."
* code.coding ^slicing.discriminator.type = #value
* code.coding ^slicing.discriminator.path = "$this"
* code.coding ^slicing.rules = #open
* code.coding contains disease 1..1
* code.coding[disease] = $diagnosis#extramedullary-hematopoiesis
* value[x] only CodeableConcept
* valueCodeableConcept from $presence-vs (required)
* dataAbsentReason 0..0
* component 0..0
* obeys emh-dia-1 and emh-dia-2

Invariant: emh-dia-1
Description: "A diagnosis says something, unless it was withdrawn."
Severity: #error
Expression: "value.exists() or status = 'entered-in-error'"

Invariant: emh-dia-2
Description: "Present needs a certainty that makes the diagnosis (diagnostic of, consistent with): its own, or without one that of a lesion it derives from."
Severity: #error
Expression: "value.ofType(CodeableConcept).coding.where(system = 'https://emh-report.test/fhir/CodeSystem/presence' and code = 'present').exists() implies ((hasMember | derivedFrom).resolve().empty() or iif(hasMember.resolve().ofType(Observation).value.ofType(CodeableConcept).coding.where(system = 'https://emh-report.test/fhir/CodeSystem/certainty').exists(), hasMember, derivedFrom.resolve().ofType(Observation).hasMember).resolve().ofType(Observation).value.ofType(CodeableConcept).coding.where(system = 'https://emh-report.test/fhir/CodeSystem/certainty' and (code = 'diagnostic-of' or code = 'consistent-with')).exists())"
