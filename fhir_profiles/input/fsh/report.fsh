Profile: EmhDiagnosticReport
Parent: DiagnosticReport
Id: emh-report
Title: "Report"
Description: "The report as a whole. Its number is its identifier, the same in every version."
* identifier 1..1
* identifier.value 1..1
* category 1..*
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains radiology 1..1
* category[radiology] = $loinc#LP29684-5
* code from $study-type-vs (required)
* subject 1..1
* conclusionCode from $diagnosis-vs (required)
* result only Reference(Observation)
* presentedForm.contentType 1..1
* obeys emh-rep-1 and emh-rep-2 and emh-rep-3 and emh-rep-4

Invariant: emh-rep-1
Description: "A report that was cancelled or withdrawn concludes nothing in codes."
Severity: #error
Expression: "conclusionCode.exists() implies (status != 'cancelled' and status != 'entered-in-error')"

Invariant: emh-rep-2
Description: "The disease is a conclusion only where a result says that it is present."
Severity: #error
Expression: "conclusionCode.exists() implies (result.resolve().empty() or result.resolve().ofType(Observation).where(code.coding.where(system = 'https://emh-report.test/fhir/CodeSystem/diagnosis').exists()).value.ofType(CodeableConcept).coding.where(system = 'https://emh-report.test/fhir/CodeSystem/presence' and code = 'present').exists())"

Invariant: emh-rep-3
Description: "A form that is attached comes with its content, its size and its hash."
Severity: #error
Expression: "presentedForm.all(data.exists() and size.exists() and hash.exists())"

Invariant: emh-rep-4
Description: "A report says in words what it concludes or lacks, unless it was cancelled or withdrawn."
Severity: #error
Expression: "conclusion.exists() or text.exists() or status = 'cancelled' or status = 'entered-in-error'"
