Profile: EmhPresence
Parent: EmhObservation
Id: emh-presence
Title: "Presence of a lesion"
Description: "Whether a lesion is there. What it is, is another statement: see the profile of the diagnosis."
* code.coding ^slicing.discriminator.type = #value
* code.coding ^slicing.discriminator.path = "system"
* code.coding ^slicing.rules = #open
* code.coding contains presence 1..1
* code.coding[presence].system 1..1
* code.coding[presence].system = $sct
* code.coding[presence].code 1..1
* code.coding[presence].code = #705057003
* value[x] only CodeableConcept
* valueCodeableConcept from $presence-vs (required)
* hasMember 0..0
* component 0..0
* obeys emh-pre-1

Invariant: emh-pre-1
Description: "The presence of a lesion is stated, or it is stated why not: silence would read as a lesion that is there."
Severity: #error
Expression: "value.exists() or dataAbsentReason.exists() or status = 'entered-in-error'"
