Profile: EmhFinding
Parent: EmhObservation
Id: emh-finding
Title: "Lesion"
Description: "The root of everything that is said about one lesion. Its members are the answers, the presence first."
* code.coding ^slicing.discriminator.type = #value
* code.coding ^slicing.discriminator.path = "system"
* code.coding ^slicing.rules = #open
* code.coding contains group 1..1
* code.coding[group].system 1..1
* code.coding[group].system = $group
* code.coding[group].code 1..1
* code.coding[group].code = #finding
* value[x] 0..0
* dataAbsentReason 0..0
* component 0..0
* bodySite from $site-vs (required)
* hasMember only Reference(Observation)
* obeys emh-fin-1 and emh-fin-2

Invariant: emh-fin-1
Description: "A lesion has members, unless it was withdrawn."
Severity: #error
Expression: "hasMember.exists() or status = 'entered-in-error'"

Invariant: emh-fin-2
Description: "The first member of a lesion says whether it is there."
Severity: #error
Expression: "hasMember.first().resolve().ofType(Observation).all(code.coding.where(system = 'http://snomed.info/sct' and code = '705057003').exists())"
