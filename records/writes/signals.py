"""What became of a signal? Noted with everyone whom it is for, and again when all were told."""

from collections.abc import Sequence

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Signal
from records.upsert import insert_missing


async def record_signal(session: AsyncSession, signal: Signal) -> Signal:
    """Note a signal unless its id is known; give the one on record."""
    await insert_missing(session, signal)
    return await session.get_one(Signal, signal.signal_id)


async def finish_signal(session: AsyncSession, signal_id: str, *, reached: Sequence[str]) -> None:
    """Note that everyone was told; `reached`: the cases that still waited when they were."""
    told = update(Signal).where(col(Signal.signal_id) == signal_id)
    await session.exec(told.values(status="broadcast", reached=list(reached)))
