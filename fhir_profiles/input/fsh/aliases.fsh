// Systems and value sets. Those of the project are generated from templates/: emh_report/export/terminology.

Alias: $sct = http://snomed.info/sct
Alias: $ucum = http://unitsofmeasure.org
Alias: $loinc = http://loinc.org
Alias: $item = https://emh-report.test/fhir/report-item

Alias: $group = https://emh-report.test/fhir/CodeSystem/group
Alias: $diagnosis = https://emh-report.test/fhir/CodeSystem/diagnosis

Alias: $presence-vs = https://emh-report.test/fhir/ValueSet/presence
Alias: $site-vs = https://emh-report.test/fhir/ValueSet/site
Alias: $unit-vs = https://emh-report.test/fhir/ValueSet/unit
Alias: $absent-vs = https://emh-report.test/fhir/ValueSet/answer-absent-reason
Alias: $recommendation-vs = https://emh-report.test/fhir/ValueSet/recommendation
Alias: $modality-vs = https://emh-report.test/fhir/ValueSet/modality
Alias: $study-type-vs = https://emh-report.test/fhir/ValueSet/study-type
Alias: $diagnosis-vs = https://emh-report.test/fhir/ValueSet/diagnosis
