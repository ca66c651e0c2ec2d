"""Which services do we refer to, and how are they reached? A YAML file, read once at the worker's start.

organisation: head-neck-centre      # whose directory this is
services:
  dental_oncology:
    name: Dental oncology clinic
    organisation: dental-hospital   # left out: our own
    profile: dental                 # the most that it ever gets (policy/profiles.yaml); left out: as the step says
    named_contact: practitioner-role/restorative-1
    deputy: practitioner-role/restorative-2
    specialty: [dental_oncology]    # what it is known for (HealthcareService.specialty); left out: nothing special
    vetting_role: ent_triage        # who vets what is referred to it, and writes the report; left out: ent_triage
    phone: "+44 1632 960100"        # where somebody answers while its endpoint is away; left out: nowhere
    fax: "+44 1632 960101"
    hours: working                  # a calendar of pathways/library/calendars.yaml; left out: always
    covers: [tmj_assessment]        # services that it stands in for when nobody of theirs is there
    endpoint: {url: https://clinic.example/fhir, format: fhir, token_env: DENTAL_TOKEN}   # left out: our own inbox
    results: {url: https://ris.example/fhir, token_env: RIS_TOKEN}   # FHIR R4, asked for overdue results; left out: the
                                    # endpoint, where its format is fhir; else nothing is asked
agreements:   # left out: none are kept, none is asked for
  - {from: head-neck-centre, to: dental-hospital, classes: all, until: 2027-12-31}
specialties:  # who has one, beside contact and deputy of a service of that specialty (PractitionerRole.specialty)
  head_and_neck_radiology: [dr.swift]
roles:        # whose people do what, for cases in which nobody who takes part does it; the first that sharing allows
  clinical_oncologist: [cancer-centre]
conferences:  # activities/meeting_slots.py shows the form
visits: {minutes: 30, travel_minutes: 45, hours: working}   # activities/visits.py
mail:         # of a person, or of the people of ours who have a role
  clinical_lead: lead@clinic.example
pager:        # a pager's mail address
  clinical_lead: 5550123@pager.example
  coordinator: {head-neck-centre: 5550124@pager.example, dental-hospital: 5550188@pager.example}   # by organisation
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, field_validator

from activities.meeting_slots import MeetingSeries
from activities.visits import Visits
from pathways.ladders import library_calendars
from policy.agreements import Agreement, agreed
from policy.matrix import matrix
from policy.profiles import ProfileError, profile_named

Book = Mapping[str, str | Mapping[str, str]]
"""Addresses by role or person: one, or one for each organisation that has people of a role."""

PERSON, OURS = "person", ""
NUMBER = r"^(\+?[0-9][0-9 ()/.-]{2,39})?$"
"""What can be dialled, or nothing."""


class DirectoryError(Exception):
    """The directory file cannot be read; the message names the file, the entry and what is wrong."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Entry):
    """Where a service outside takes its messages. `token_env`: environment variable with its bearer token."""

    url: HttpUrl
    format: Literal["fhir", "json"] = "json"
    token_env: str = ""


class Results(_Entry):
    """Where results of a service are asked for: the base of its FHIR R4 interface. `token_env` as of an endpoint."""

    url: HttpUrl
    token_env: str = ""


class Service(_Entry):
    """A service with the person to speak to and who stands in; without `endpoint` it has an inbox in this system.

    `organisation`: whose service it is, empty: ours. `profile`: the most that it ever gets. `hours`: a calendar of the
    library, or `always`. `covers`: services that it stands in for when nobody of theirs is there. `specialty`: what its
    contact and deputy have. `vetting_role`: who vets what is referred to it; empty: as the pathway says. `phone` and
    `fax`: for what its endpoint does not take. `results`: where results are asked for.
    """

    name: str
    named_contact: str
    deputy: str
    hours: str = "always"
    covers: tuple[str, ...] = ()
    organisation: str = ""
    profile: str = ""
    specialty: tuple[str, ...] = ()
    vetting_role: str = ""
    phone: str = Field(default="", pattern=NUMBER)
    fax: str = Field(default="", pattern=NUMBER)
    endpoint: Endpoint | None = None
    results: Results | None = None

    @property
    def results_at(self) -> Results | None:
        """Where its results are asked for; None: nowhere."""
        if self.results is None and self.endpoint is not None and self.endpoint.format == "fhir":
            return Results(url=self.endpoint.url, token_env=self.endpoint.token_env)
        return self.results

    @field_validator("hours")
    @classmethod
    def _is_calendar(cls, hours: str) -> str:
        if hours != "always" and hours not in library_calendars():
            raise ValueError(f"'{hours}' is no calendar: name one of {sorted(library_calendars())}, or always")
        return hours

    @field_validator("vetting_role")
    @classmethod
    def _may_read_referrals(cls, role: str) -> str:
        if role and not (role in matrix().roles and matrix().allows(role, "own_referral")):
            raise ValueError(f"'{role}' is no role that reads referrals (policy/matrix.yaml, own_referral)")
        return role

    @field_validator("profile")
    @classmethod
    def _is_profile(cls, profile: str) -> str:
        try:
            return profile and profile_named(profile)
        except ProfileError as error:
            raise ValueError(str(error)) from error


class Directory(_Entry):
    """All services by id, and the mail and pager addresses of roles and persons.

    `organisation`: our own. `agreements`: with other organisations; None: none are kept here. `roles`: by role, the
    organisations whose people do what it does. `specialties`: who has one, by specialty. `conferences`: the meetings
    that come back, by id. `visits`: how long patients are there, and on their way.
    """

    organisation: str = ""
    services: Mapping[str, Service] = {}
    agreements: tuple[Agreement, ...] | None = None
    roles: Mapping[str, tuple[str, ...]] = {}
    specialties: Mapping[str, tuple[str, ...]] = {}
    conferences: Mapping[str, MeetingSeries] = {}
    visits: Visits = Field(default_factory=Visits)
    mail: Book = {}
    pager: Book = {}

    @property
    def others(self) -> tuple[str, ...]:
        """The organisations that it names beside our own."""
        of_services = (service.organisation for service in self.services.values())
        of_roles = (name for names in self.roles.values() for name in names)
        of_books = (name for book in (self.mail, self.pager) for found in book.values() for name in _named(found))
        return tuple(sorted({*of_services, *of_roles, *of_books} - {"", self.organisation}))

    def named(self, organisation: str) -> tuple[str, ...]:
        """Give every name that an organisation has in the read model: ours has none there, or its own."""
        ours = tuple(dict.fromkeys((OURS, self.organisation)))
        return ours if organisation in ours else (organisation,)

    def addresses(self, book: Book, kind: str, name: str) -> Mapping[str | None, str]:
        """Give where a person or a role (`kind`) is reached, by organisation; ours is `OURS`.

        None: whatever case it is about. Such is the one address of a person; one for each organisation is a role's.
        """
        found = book.get(name, {})
        if kind == PERSON:
            return {None: found} if isinstance(found, str) else {}
        listed = {self.organisation: found} if isinstance(found, str) else found
        return {OURS if each == self.organisation else each: address for each, address in listed.items()}

    def agreed_services(self, organisation: str, *, on: date) -> tuple[str, ...] | None:
        """Give of another organisation's services (`service:…`) those with which an agreement stands on a day.

        None: one stands with all of it, none are kept, or it is our own.
        """
        if organisation in (OURS, self.organisation) or self._is_agreed(organisation, on):
            return None
        theirs = (id_ for id_, service in self.services.items() if service.organisation == organisation)
        return tuple(f"service:{id_}" for id_ in theirs if self._is_agreed(id_, on))

    def classes_agreed(
        self, organisation: str, services: Sequence[str], *, on: date
    ) -> frozenset[str] | Literal["all"] | None:
        """Give the data classes that another organisation, by one of these services of its, may have on a day.

        None: no agreement with it stands. All, where none are kept, and for our own.
        """
        if organisation in (OURS, self.organisation):
            return "all"
        return agreed(self.agreements, sender=self.organisation, recipients=(organisation, *services), on=on)

    def _is_agreed(self, name: str, on: date) -> bool:
        return agreed(self.agreements, sender=self.organisation, recipients=(name,), on=on) is not None

    def specialists(self, specialty: str) -> tuple[str, ...]:
        """Give who has a specialty: by name, and contact and deputy of the services of that specialty."""
        services = [each for each in self.services.values() if specialty in each.specialty]
        of_services = (person for each in services for person in (each.named_contact, each.deputy) if person)
        return tuple(dict.fromkeys((*self.specialties.get(specialty, ()), *of_services)))

    @property
    def known_specialties(self) -> tuple[str, ...]:
        """Every specialty that it names."""
        of_services = (name for each in self.services.values() for name in each.specialty)
        return tuple(sorted({*self.specialties, *of_services}))

    def service(self, service_id: str) -> Service:
        """Give a service; one that nobody described has an inbox in this system and no named contact."""
        return self.services.get(service_id) or Service(name=service_id, named_contact="", deputy="")


def _named(found: str | Mapping[str, str]) -> tuple[str, ...]:
    return () if isinstance(found, str) else tuple(found)


def read_directory(path: Path | None) -> Directory:
    """Read the directory file; without one, every service has an inbox in this system.

    Raises:
        DirectoryError: the file is missing or malformed.
    """
    if path is None:
        return Directory()
    try:
        return Directory.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise DirectoryError(f"{path}: the directory of services cannot be used: {error}") from error
