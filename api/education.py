"""Which texts help a patient with the steps that they are at or come to? Each says who has signed it off."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.patient_view import ENGLISH, Look, definition_of, in_order, language_note
from api.shapes.education import Education, OptionView, PieceView
from pathways.education import Fits, Near, Piece, Places, fitting
from pathways.patient_texts import in_language, languages, words
from records.queries.patient_view import done_at
from records.tables import Case

RUNNING = "running"


async def education_for(look: Look) -> Education:
    """Give what helps with a case, in the reader's language where it is there."""
    async with look.asked.here.database.reader() as session:
        places = await _places(session, look)
    found = [_view(name, piece, fits, look.language) for name, piece, fits in fitting(places)]
    return Education(
        language=look.language if look.language in languages() else ENGLISH,
        language_note=language_note(look.language),
        items=[view for view in found if view],
    )


async def _places(session: AsyncSession, look: Look) -> Places:
    """Where the patient is and comes to, in this case and in those that it called and that run."""
    places: dict[tuple[str, str], Near] = {}
    for case in (look.detail.case, *look.detail.called):
        if case.status == RUNNING:
            places |= await _places_in(session, look, case)
    return places


async def _places_in(session: AsyncSession, look: Look, case: Case) -> Places:
    definition, done = await definition_of(session, case), await done_at(session, case.case_id)
    ahead = [node for node in in_order(definition) if node.id not in done]
    called = [node.call.process_id for node in ahead if node.call and node.call.process_id]
    here = [wait.element for wait in look.detail.waits if wait.case_id == case.case_id]
    return {
        **{(process, ""): "later" for process in called},
        **{(definition.key, node.id): "later" for node in ahead},
        **{(definition.key, element): "now" for element in (*here, "")},
    }


def _view(name: str, piece: Piece, fits: Fits, language: str) -> PieceView | None:
    found = piece.in_language(language)
    if found is None:
        return None
    spoken, text = found
    said = words().education["signed_off" if piece.signed_off else "template"]
    return PieceView(
        id=name,
        kind=piece.kind,
        fits=fits,
        title=text.title,
        body=list(text.body),
        options=[OptionView.model_validate(each) for each in text.options],
        language=spoken,
        notice=in_language(said, spoken).format(by=piece.signed_off),
    )
