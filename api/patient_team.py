"""How does the team of a patient work? Who leads, how it decides together, how to reach it: in the patient's words."""

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.presence import is_open, present
from api.directory import directory_of
from api.patient_view import ENGLISH, MESSAGES, Look, language_note, role_name
from api.shapes.base import case_link
from api.shapes.education import Meeting, ServiceContact, TeamPage, Way
from api.shapes.my import TeamMember
from pathways.patient_texts import in_language, languages, words
from records.queries.conferences import Conference, conferences_about
from records.queries.inbox import services_of
from records.queries.people import KEY_WORKER, absent_in, care_team

HOW = ("one_plan", "decides", "you")
WAYS = {"question": "questions", "request": "requests", "journal": "journal"}
"""How to reach the team: the words, and the end of the address."""


async def team_page(look: Look) -> TeamPage:
    """Give how the team of a case works; ways to write to it where the reader may."""
    root, now = look.detail.case.root_case_id, look.asked.here.clock()
    async with look.asked.here.database.reader() as session:
        team = await care_team(session, root, at=now)
        met = await conferences_about(session, root)
        services = await _services(session, look)
    members = [(each.role, TeamMember(name=each.name, role=role_name(each.role, look.language))) for each in team]
    leads = next((member for role, member in members if role == KEY_WORKER), None)
    return TeamPage(
        language=look.language if look.language in languages() else ENGLISH,
        language_note=language_note(look.language),
        leads=leads,
        members=[member for _, member in members],
        how=[_who_leads(leads, look.language), *(_said(name, look.language) for name in HOW)],
        conferences=[_meeting(each, look.language) for each in met],
        services=services,
        reach=_ways(look) if look.opens(MESSAGES) else [],
        urgent=in_language(words().advice["urgent"], look.language),
    )


def _said(name: str, language: str) -> str:
    return in_language(words().team[name], language)


def _who_leads(leads: TeamMember | None, language: str) -> str:
    return _said("leads", language).format(name=leads.name) if leads else _said("nobody_leads", language)


def _meeting(found: Conference, language: str) -> Meeting:
    over = found.case.ended_at
    asked = [role_name(role, language) for role in (*found.required, *found.given)]
    return Meeting(
        text=_said("conference_over" if over else "conference", language),
        takes_part=list(dict.fromkeys(asked)),
        decide_by=str(found.variables.get("decide_by") or ""),
        over_since=over,
    )


async def _services(session: AsyncSession, look: Look) -> list[ServiceContact]:
    """The services to which something of the case was sent, with whoever is there now."""
    root, now, directory = look.detail.case.root_case_id, look.asked.here.clock(), directory_of(look.asked.here)
    absent = await absent_in(session, root, at=now)
    return [
        ServiceContact(
            name=directory.service(each).name,
            contact=present(directory, each, absent=absent).person,
            open_now=is_open(directory.service(each), now),
        )
        for each in await services_of(session, root)
    ]


def _ways(look: Look) -> list[Way]:
    link = f"/my{case_link(look.detail.case.case_id)}"
    return [Way(text=_said(name, look.language), link=f"{link}/{end}") for name, end in WAYS.items()]
