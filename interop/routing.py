"""Which pathway does a referral start?

The rules are data, read from top to bottom; the first that matches wins and is named in the result.
They look only at what is asked for (service, reason, clinical question), never at the patient's history. Words of
cancer come before those of a tooth, a joint or a child: what could be both is looked at as cancer first.
A referral for dental care alone is one to one service: vetted by a person, booked, reported, acknowledged.
A referral that no rule matches starts nothing by itself: the sender names the pathway.
Not implemented: negation ("no sign of cancer" still counts as a word match; triage decides).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from interop.codes import ICD_10, ICD_10_CM, SNOMED, canonical
from interop.referral import Coding, Referral, ReferralContent

ENT_IMAGING_ONCOLOGY = "ent_imaging_oncology"
PRE_RT_DENTAL_CLEARANCE = "pre_rt_dental_clearance"
DENTAL_RED_FLAG_LESION = "dental_red_flag_lesion"
ODONTOGENIC_SINUSITIS = "odontogenic_sinusitis"
TMJ_ASSESSMENT = "tmj_assessment"
PAEDIATRIC_MOUTH_BREATHING = "paediatric_mouth_breathing"
CLOSED_LOOP_REFERRAL = "closed_loop_referral"

HEAD_AND_NECK_CANCER_PREFIXES = tuple(f"C{number:02}" for number in (*range(15), 30, 31, 32))
"""ICD-10 chapters of lip, oral cavity, pharynx (C00-C14), nose and sinuses (C30-C31) and larynx (C32)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches when any code, any code prefix, or one word of every word group is found."""

    id: str
    pathway: str
    codes: frozenset[tuple[str, str]] = frozenset()
    prefixes: Mapping[str, tuple[str, ...]] | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """The pathway, the rule that chose it, and what in the referral matched."""

    pathway: str
    rule: str
    because: str


RULES = (
    Rule(
        id="dental-before-head-and-neck-radiotherapy",
        pathway=PRE_RT_DENTAL_CLEARANCE,
        words=(
            r"dental|dentist\w*|dentition|teeth|tooth|oral health",
            r"radiation|radiotherapy|chemoradi\w*|chemo-radi\w*|imrt|\brt\b",
        ),
    ),
    Rule(
        id="lesion-that-a-dentist-finds",
        pathway=DENTAL_RED_FLAG_LESION,
        words=(
            r"dental (?:visit|check|check-?up|red[- ]flag)",
            r"lesion|ulcer|patch|lump|swelling|socket",
            r"mouth|oral|tongue|gum|gums|gingiva\w*|cheek|palate|lip|jaw",
        ),
    ),
    Rule(
        id="suspected-or-known-head-and-neck-cancer",
        pathway=ENT_IMAGING_ONCOLOGY,
        codes=frozenset({(SNOMED, "255055008")}),  # Malignant tumor of head and/or neck
        prefixes={ICD_10: HEAD_AND_NECK_CANCER_PREFIXES, ICD_10_CM: HEAD_AND_NECK_CANCER_PREFIXES},
        words=(
            r"cancer|malignan\w*|carcinoma|tumou?r|lump|mass|lesion|ulcer",
            r"head and neck|head & neck|neck|throat|pharyn\w*|laryn\w*|tongue|oral|mouth|tonsil\w*|parotid"
            r"|saliva\w*|sinonasal",
        ),
    ),
    Rule(
        id="sinusitis-from-a-tooth",
        pathway=ODONTOGENIC_SINUSITIS,
        words=(
            r"odontogenic|dental|dentist\w*|teeth|tooth|root canal|implant",
            r"sinusitis|sinus disease|sinus infection|maxillary sinus|oroantral",
        ),
    ),
    Rule(
        id="disorder-of-the-jaw-joint",
        pathway=TMJ_ASSESSMENT,
        codes=frozenset({(SNOMED, "41888000")}),  # Temporomandibular joint disorder
        prefixes={ICD_10: ("K07.6",), ICD_10_CM: ("M26.6",)},
        words=(r"temporomandibular|tmj|tmd|jaw joint|locked jaw|jaw (?:pain|locks|locking)|pain of the jaw",),
    ),
    Rule(
        id="child-who-breathes-through-the-mouth",
        pathway=PAEDIATRIC_MOUTH_BREATHING,
        words=(
            r"mouth[- ]breath\w*|breath\w* through the mouth|adenoids?|adenoid hypertrophy",
            r"child|children|paediatric|pediatric|infant|toddler|boy|girl|guardian|parents?",
        ),
    ),
    Rule(
        id="referral-to-ear-nose-and-throat",
        pathway=ENT_IMAGING_ONCOLOGY,
        codes=frozenset(
            {
                (SNOMED, "394604002"),  # Ear, nose and throat surgery
                (SNOMED, "418960008"),  # Otolaryngology
                (SNOMED, "183880002"),  # Private referral to ear, nose and throat surgeon
            }
        ),
        words=(r"ent|ear,? nose,?( and| &)? throat|otolaryngolog\w*|otorhinolaryngolog\w*",),
    ),
    Rule(
        id="referral-for-dental-care",
        pathway=CLOSED_LOOP_REFERRAL,
        codes=frozenset({(SNOMED, "103697008")}),  # Patient referral for dental care
    ),
)


def pick_pathway(referral: ReferralContent, *, rules: tuple[Rule, ...] = RULES) -> Routed | None:
    """The first rule that matches, or None when the sender has to name the pathway."""
    asked = tuple(each for each in (referral.service_code, *referral.reason) if each is not None)
    codings = tuple(coding for coded in asked for coding in coded.codings())
    text = " \n".join((referral.clinical_question, *(coded.words() for coded in asked)))
    for rule in rules:
        because = _matching_code(rule, codings) or _matching_words(rule, text)
        if because:
            return Routed(rule.pathway, rule.id, because)
    return None


def with_pathway(referral: Referral) -> Referral:
    """The referral with the pathway that the rules choose for it."""
    routed = pick_pathway(referral)
    return referral.model_copy(update={"pathway_hint": routed.pathway if routed else None})


def _matching_code(rule: Rule, codings: tuple[Coding, ...]) -> str | None:
    for coding in codings:
        system, code = canonical(coding.system) or "", coding.code or ""
        prefixes = (rule.prefixes or {}).get(system, ())
        if (system, code) in rule.codes or (prefixes and code.startswith(prefixes)):
            return f"code {code} of {system}"
    return None


def _matching_words(rule: Rule, text: str) -> str | None:
    found = [re.search(rf"\b(?:{group})\b", text, re.IGNORECASE) for group in rule.words]
    words = [match.group().lower() for match in found if match]
    return f"words: {', '.join(words)}" if words and len(words) == len(rule.words) else None
