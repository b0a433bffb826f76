Profile: EmhRecommendation
Parent: ServiceRequest
Id: emh-recommendation
Title: "Recommendation"
Description: "Advice that nobody has ordered yet."
* identifier 1..*
* identifier ^slicing.discriminator.type = #value
* identifier ^slicing.discriminator.path = "system"
* identifier ^slicing.rules = #open
* identifier contains item 1..1
* identifier[item].system 1..1
* identifier[item].system = $item
* identifier[item].value 1..1
* intent = #proposal
* code 1..1
* code from $recommendation-vs (required)
* orderDetail from $modality-vs (required)
* performer 0..0
* occurrence[x] only Timing
* obeys emh-rec-1 and emh-rec-2 and emh-rec-3

Invariant: emh-rec-1
Description: "Advice is a draft until somebody orders it."
Severity: #error
Expression: "status = 'draft' or status = 'entered-in-error'"

Invariant: emh-rec-2
Description: "When is said in words: a report knows no date."
Severity: #error
Expression: "occurrence.ofType(Timing).all(event.empty() and repeat.empty() and code.text.exists())"

Invariant: emh-rec-3
Description: "Advice names the report that gives it, unless it was withdrawn."
Severity: #error
Expression: "status = 'entered-in-error' or reasonReference.exists()"
