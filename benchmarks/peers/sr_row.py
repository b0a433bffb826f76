"""DICOM SR with highdicom: a Comprehensive SR by TID 1500, one measurement group (TID 1501) for each lesion.

python -m benchmarks.peers.sr_row
"""

from __future__ import annotations

from io import BytesIO

from highdicom.sr import (
    CodedConcept,
    ComprehensiveSR,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from benchmarks.peers.loop import Call, Json, serve

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


def _concept(code: Json) -> CodedConcept:
    return CodedConcept(code["value"][:16], code["scheme"], code["meaning"][:64])


def _group(lesion: Json) -> MeasurementsAndQualitativeEvaluations:
    sizes = [Measurement(_concept(one["name"]), one["number"], _concept(one["unit"])) for one in lesion["numbers"]]
    stated = [QualitativeEvaluation(_concept(one["name"]), _concept(one["answer"])) for one in lesion["codes"]]
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            identifier=lesion["uid"], uid=generate_uid(entropy_srcs=[lesion["uid"]])
        ),
        finding_sites=[FindingSite(_concept(site)) for site in lesion["sites"]],
        measurements=sizes or None,
        qualitative_evaluations=stated or None,
    )


def _evidence() -> Dataset:
    """Return the image that the report is of: the attributes an SR takes over from it."""
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CT_IMAGE, generate_uid(entropy_srcs=["image"])
    image.StudyInstanceUID, image.SeriesInstanceUID = (
        generate_uid(entropy_srcs=[name]) for name in ("study", "series")
    )
    image.PatientID, image.PatientName, image.PatientBirthDate, image.PatientSex = "MRN", "Test^Case", "19700101", "O"
    image.StudyID, image.StudyDate, image.StudyTime = "1", "20240115", "120000"
    image.AccessionNumber, image.ReferringPhysicianName = "ACC", ""
    return image


def prepare(case: Json) -> Call:
    """Return making and writing of the SR of ``case``."""
    image = _evidence()
    observer = ObserverContext(
        CodedConcept("121006", "DCM", "Person"), PersonObserverIdentifyingAttributes(name="Test^Radiologist")
    )

    def call() -> tuple[bytes, int]:
        groups = [_group(lesion) for lesion in case["lesions"]]
        report = MeasurementReport(
            observation_context=ObservationContext(observer_person_context=observer),
            procedure_reported=CodedConcept("363679005", "SCT", "Imaging"),
            imaging_measurements=groups,
        )
        document = ComprehensiveSR(
            evidence=[image],
            content=report,
            series_instance_uid=generate_uid(entropy_srcs=["sr series"]),
            series_number=1,
            sop_instance_uid=generate_uid(entropy_srcs=["sr"]),
            instance_number=1,
            manufacturer="benchmark",
            is_complete=True,
        )
        with BytesIO() as written:
            document.save_as(written)
            return written.getvalue(), len(groups)

    return call


if __name__ == "__main__":
    serve(prepare)
