"""Is a pathway refused that no worker could be sent?"""

from pathways.catalogue import library_folders, read_bundles
from pathways.weight import LARGEST, weight_findings


def test_a_pathway_that_is_heavier_than_what_can_be_sent_is_refused_with_file_and_remedy() -> None:
    bundle = read_bundles(library_folders()[:1])[0]
    (found,) = weight_findings([bundle], most=100)
    assert (found.rule, found.severity, found.file) == ("too-large", "error", bundle.file)
    assert "at most 0.0 MB" in found.message
    assert "call activities" in found.remedy


def test_the_library_is_far_from_too_large() -> None:
    assert weight_findings(read_bundles(library_folders()), most=LARGEST // 10) == []
