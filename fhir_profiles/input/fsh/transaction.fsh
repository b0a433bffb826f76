Profile: EmhTransaction
Parent: Bundle
Id: emh-transaction
Title: "Report as a REST transaction"
Description: "Everything that one version of a report says. Sending it twice changes nothing."
* type = #transaction
* identifier 1..1
* identifier.system 1..1
* identifier.system = "urn:ietf:rfc:3986"
* identifier.value 1..1
* entry 1..*
* entry.fullUrl 1..1
* entry.resource 1..1
* entry.request 1..1
* obeys emh-tra-1 and emh-tra-2 and emh-tra-3 and emh-tra-4 and emh-tra-5 and emh-tra-6

Invariant: emh-tra-1
Description: "Entries are named by a UUID."
Severity: #error
Expression: "entry.all(fullUrl.startsWith('urn:uuid:'))"

Invariant: emh-tra-2
Description: "What is born in the report is put by identifier; what may exist already is created only where it does not; a Provenance is found by a tag of its own."
Severity: #error
Expression: "entry.request.all((method = 'PUT' and url.contains('?identifier=')) or (method = 'POST' and ifNoneExist.startsWith('identifier=')) or (url = 'Provenance' and method = 'POST' and ifNoneExist.startsWith('_tag=')))"

Invariant: emh-tra-3
Description: "One bundle is about one patient."
Severity: #error
Expression: "(entry.resource.ofType(Observation).subject | entry.resource.ofType(DiagnosticReport).subject | entry.resource.ofType(Composition).subject | entry.resource.ofType(Condition).subject | entry.resource.ofType(Procedure).subject | entry.resource.ofType(ServiceRequest).subject | entry.resource.ofType(ImagingStudy).subject).reference.distinct().count() <= 1"

Invariant: emh-tra-4
Description: "One bundle is one report at most, and what accompanies a report made elsewhere is none."
Severity: #error
Expression: "entry.resource.ofType(DiagnosticReport).count() <= iif(entry.resource.meta.tag.where(system = 'https://emh-report.test/fhir/CodeSystem/report-mode' and code = 'companion').exists(), 0, 1)"

Invariant: emh-tra-5
Description: "The bundle names the template and the content of the template that it was made with."
Severity: #error
Expression: "meta.tag.where(system = 'https://emh-report.test/fhir/CodeSystem/template').count() = 1 and meta.tag.where(system = 'https://emh-report.test/fhir/CodeSystem/template-content').count() = 1"

Invariant: emh-tra-6
Description: "Every result of the report is in the bundle."
Severity: #error
Expression: "entry.resource.ofType(DiagnosticReport).result.reference.all($this in %context.entry.fullUrl)"
