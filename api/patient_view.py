"""What does a patient or carer see of a case? Assembled in their words, as far as their classes of data go."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.moments import moment_in
from api.own_record import PatientSight, patients_for
from api.patient_notices import text_of
from api.shapes.base import case_link
from api.shapes.my import (
    Access,
    JournalLine,
    PatientCase,
    PatientDate,
    PlanStep,
    Question,
    Responsible,
    TeamMember,
    Told,
)
from api.task_sight import PLAN
from pathways.bpmn.model import Definition, FlowNode
from pathways.patient_texts import in_language, languages, step_reason, step_text, title, words
from policy.matrix import BREAK_GLASS
from records.queries.case import CaseDetail, tokens
from records.queries.conversation import messages_of, threads_of
from records.queries.library import definition_by_sha256, parsed
from records.queries.patient_view import PATIENT_ROLES, done_at, journal_of, notices, preference_of, visitors
from records.queries.people import KEY_WORKER, care_team
from records.tables import Audit, Case, JournalEntry, OpenActivation, Thread, ThreadMessage

APPOINTMENTS, MESSAGES, SUMMARY = "appointments", "messages", "own_record_summary"
ENGLISH = "en"
SYSTEM = "system"
"""What patients call whoever did something without a person: a word of its own among the roles."""

_ROLES = re.compile(r'\[?"([a-z]\w*)["\w, ]*\]?')
REMINDED = (timedelta(days=7), timedelta(days=1))
"""So long before an appointment the patient is reminded."""


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at which case, in which language."""

    asked: Visit
    detail: CaseDetail
    sight: PatientSight
    language: str

    def opens(self, data_class: str) -> bool:
        """Whether a class of data is theirs to see."""
        return data_class in self.sight.classes


async def language_of(asked: Visit, sight: PatientSight, wanted: str | None) -> str:
    """Give the language that is asked for, else the one that the patient prefers, else English."""
    if wanted:
        return wanted
    async with asked.here.database.reader() as session:
        preference = await preference_of(session, (sight.patient_id, *sight.ids))
    return preference.language if preference else ENGLISH


async def preferred_language(asked: Visit) -> str:
    """Give the language of the person as a patient, else of the only patient that they care for, else English."""
    sights = await patients_for(asked)
    own = [each for each in sights if not each.proxy] or list(sights)
    return await language_of(asked, own[0], None) if len(own) == 1 else ENGLISH


def language_note(language: str) -> str:
    """Say that a language is not here and what is read instead; empty when it is."""
    if language in languages():
        return ""
    here = ", ".join(sorted(each.name for each in languages().values()))
    return f"There are no words in the language '{language}' here: you read English. There is {here}."


async def patient_case(look: Look) -> PatientCase:
    """Give a case as its patient sees it."""
    case, plan = look.detail.case, look.opens(PLAN)
    async with look.asked.here.database.reader() as session:
        definition = await definition_of(session, case)
        return PatientCase(
            **line(case, definition, look.language),
            language=look.language if look.language in languages() else ENGLISH,
            language_note=language_note(look.language),
            plan=await _plan(session, look, definition) if plan else [],
            dates=_dates(look) if case.status == "running" and look.opens(APPOINTMENTS) else [],
            responsible=await _responsible(session, look) if plan else None,
            access=await _access(session, look) if look.opens(SUMMARY) else [],
            questions=await _questions(session, look) if look.opens(MESSAGES) else [],
            journal=await _journal(session, look) if look.opens(MESSAGES) else [],
            notices=await _notices(session, look) if look.opens(MESSAGES) else [],
            reminders=_reminders(look) if look.opens(APPOINTMENTS) else [],
        )


def line(case: Case, definition: Definition, language: str) -> dict[str, Any]:
    """Give the members of a case in one line."""
    status = words().status
    link = f"/my{case_link(case.case_id)}"
    actions = {name: f"{link}/{name}" for name in ("questions", "requests", "journal", "letter")}
    return {
        "id": case.case_id,
        "title": title(definition, language),
        "status": in_language(status.get(case.status, status["other"]), language),
        "since": case.started_at,
        "links": {"self": link, **actions},
    }


async def definition_of(session: AsyncSession, case: Case) -> Definition:
    """Give the definition that a case runs.

    Raises:
        LookupError: it is not published.
    """
    published = await definition_by_sha256(session, case.sha256)
    if published is None:
        raise LookupError(f"the definition of case {case.case_id} is not published")
    return parsed(published)


async def definitions_of(session: AsyncSession, cases: Sequence[Case]) -> list[Definition]:
    """Give the definition of each case; one that many run is read once."""
    found = {sha256: await definition_of(session, case) for sha256, case in {c.sha256: c for c in cases}.items()}
    return [found[case.sha256] for case in cases]


async def _plan(session: AsyncSession, look: Look, definition: Definition) -> list[PlanStep]:
    """Every step that the patient can read: what is done, under way, to come, and what may become necessary."""
    now = await under_way(session, look.detail, look.language)
    done = await done_at(session, look.detail.case.case_id)
    here = {token.element for token in await tokens(session, look.detail.case.case_id)}
    told = [node for node in in_order(definition) if step_text(definition, node, look.language)]
    past = [_step(look, definition, node, "done", done[node.id]) for node in told if node.id in done]
    reached = {node.id for node in in_order(definition, after=here)}
    coming = [node for node in told if node.id in reached and node.id not in done and node.id not in here]
    is_open = look.detail.case.status == "running"
    usual = {node.id for node in in_order(definition, after=here, usual=True)}
    ahead = [(node, "later" if node.id in usual else "maybe") for node in coming if is_open]
    later = [_step(look, definition, node, state, None) for node, state in sorted(ahead, key=lambda each: each[1])]
    return [*sorted(past, key=_when), *now, *later]


def _when(step: PlanStep) -> datetime:
    assert step.at is not None
    return step.at


async def under_way(session: AsyncSession, detail: CaseDetail, language: str) -> list[PlanStep]:
    """Give what is waited for now, here and in called cases; waits that read alike are one."""
    cases = {case.case_id: case for case in (detail.case, *detail.called)}
    steps: dict[tuple[str, str], PlanStep] = {}
    for wait in detail.waits:
        step = _waited(await definition_of(session, cases[wait.case_id]), wait, language)
        steps.setdefault((step.text, step.who), step)
    return list(steps.values())


def _waited(definition: Definition, wait: OpenActivation, language: str) -> PlanStep:
    node = definition.nodes.get(wait.element)
    text = step_text(definition, node, language) if node else ""
    return PlanStep(
        text=text or in_language(words().step, language),
        why=step_reason(definition, node, language) if node else "",
        state="now",
        who=role_name(wait.role.partition(",")[0].strip(), language),
        at=wait.since,
        expected_by=wait.until,
    )


def _step(look: Look, definition: Definition, node: FlowNode, state: Any, at: datetime | None) -> PlanStep:
    return PlanStep(
        text=step_text(definition, node, look.language),
        why=step_reason(definition, node, look.language),
        state=state,
        who=role_name(role, look.language) if (role := _first_role(node)) else "",
        at=at,
        expected_by=None,
    )


def _first_role(node: FlowNode) -> str:
    """The role that the diagram names for a step, the first of several; empty where that is nobody or decided later."""
    named = _ROLES.fullmatch(node.user.candidate_groups or "") if node.user else None
    return named[1] if named else ""


def role_name(role: str, language: str) -> str:
    """Give what a patient calls a role."""
    roles = words().roles
    return in_language(roles.get(role, roles["other"]), language)


def in_order(definition: Definition, *, usual: bool = False, after: Collection[str] = ()) -> Sequence[FlowNode]:
    """Give the nodes on the ways from the start, nearest first; what only boundary events lead to is left out.

    `usual`: where a gateway decides, only the way that it takes by default. `after`: elements where the process stands;
    what its way has passed by is left out, as long as one of them is in the process itself.
    """
    outer = [node for node in definition.nodes.values() if node.scope == definition.key and not node.triggered_by_event]
    starts = [node.id for node in outer if node.id in after]
    starts = starts or [node.id for node in outer if node.type == "startEvent"]
    reached = dict.fromkeys(starts)
    for node_id in (waiting := list(starts)):
        node = definition.nodes[node_id]
        for flow in (node.default,) if usual and node.default else node.outgoing:
            target = definition.flows[flow].target
            if target not in reached:
                reached[target] = None
                waiting.append(target)
    return [definition.nodes[node_id] for node_id in reached]


def _dates(look: Look) -> list[PatientDate]:
    """The dates of today and to come: one that has passed, missed or kept, is nobody's next step."""
    variables, today = look.detail.variables, look.asked.here.clock().date().isoformat()
    place = str(variables.get("site") or "")
    return [
        PatientDate(
            what=in_language(texts, look.language), at=str(variables[name]), place=place if name == "slot" else ""
        )
        for name, texts in words().dates.items()
        if isinstance(variables.get(name), str) and variables[name][:10] >= today
    ]


def _reminders(look: Look) -> list[PatientDate]:
    """When the patient will be reminded of the appointment, as far as that is still to come."""
    slot, now = slot_of(look.detail.variables), look.asked.here.clock()
    moments = [slot - before for before in REMINDED] if slot else []
    text = in_language(words().reminder, look.language)
    return [PatientDate(what=text, at=moment.isoformat(), place="") for moment in moments if moment > now]


def slot_of(variables: Mapping[str, Any]) -> datetime | None:
    """Give the moment of the appointment that a case holds; None when there is none that can be read."""
    return moment_in(variables.get("slot"))


async def _responsible(session: AsyncSession, look: Look) -> Responsible:
    team = await care_team(session, look.detail.case.root_case_id, at=look.asked.here.clock())
    members = [(each.role, TeamMember(name=each.name, role=role_name(each.role, look.language))) for each in team]
    return Responsible(
        key_worker=next((member for role, member in members if role == KEY_WORKER), None),
        team=[member for _, member in members],
        contact=str(look.detail.variables.get("named_contact") or ""),
    )


async def _access(session: AsyncSession, look: Look) -> list[Access]:
    rows = await visitors(session, look.detail.case.root_case_id, but=look.asked.me.id)
    team = await care_team(session, look.detail.case.root_case_id, at=look.asked.here.clock())
    names = {member.person: member.name for member in team}
    return [_visit(row, names, look.language) for row in rows]


def _visit(row: Audit, names: Mapping[str, str], language: str) -> Access:
    """Who it was, as far as a patient can read it: of what a pathway did by itself there is no person to name."""
    roles = [role for role in row.context.get("roles", ()) if role in words().roles]
    is_somebody = "roles" in row.context
    return Access(
        who=names.get(row.actor, row.actor) if is_somebody else "",
        role=role_name(roles[0] if roles else "" if is_somebody else SYSTEM, language),
        organisation=row.organisation,
        what=_what_was_done(row, language),
        at=row.at,
    )


def _what_was_done(row: Audit, language: str) -> str:
    kind = "read" if row.action.endswith("read") else "changed"
    access = words().access
    return in_language(access["emergency" if row.detail.get("purpose") == BREAK_GLASS else kind], language)


async def _questions(session: AsyncSession, look: Look) -> list[Question]:
    threads = await threads_of(session, look.detail.case.root_case_id, kinds=("question", "request"))
    said = await messages_of(session, [thread.thread_id for thread in threads])
    return [question_view(thread, said[thread.thread_id]) for thread in threads]


def question_view(thread: Thread, said: Sequence[ThreadMessage]) -> Question:
    """Show what a patient asked, with what was answered."""
    return Question(
        id=thread.thread_id,
        kind="request" if thread.kind == "request" else "question",
        service=thread.subject,
        text=said[0].text,
        asked_at=thread.started_at,
        answer_by=thread.answer_by,
        answered_at=thread.answered_at,
        answers=[message.text for message in said if message.kind == "answer"],
    )


async def _journal(session: AsyncSession, look: Look) -> list[JournalLine]:
    return [journal_line(entry) for entry in await journal_of(session, (look.sight.patient_id, *look.sight.ids))]


def journal_line(entry: JournalEntry) -> JournalLine:
    """Show a journal entry."""
    return JournalLine(
        id=entry.entry_id,
        symptom=entry.symptom,
        severity=entry.severity,
        onset=entry.onset,
        text=entry.text,
        red_flag=bool(entry.finding),
        written_at=entry.written_at,
    )


async def _notices(session: AsyncSession, look: Look) -> list[Told]:
    me = look.asked.me
    roles = me.roles.intersection(PATIENT_ROLES)
    told = await notices(session, look.detail.case.root_case_id, person=me.id, roles=roles)
    return [Told(text=text_of(row, look.language), at=row.created_at) for row in told]
