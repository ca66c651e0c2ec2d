"""Who of the demo has read the privacy notice? All of them, before anything else: else they would see nothing."""

from demo.client import Api

NOTICE = "/privacy-notice"


async def all_have_read(api: Api) -> int:
    """Let everybody acknowledge the notice who has to and has not; give their number."""
    found = 0
    for person in api.people:
        notice = await api.get(person, NOTICE)
        if notice["required"] and notice["acknowledged_at"] is None:
            await api.post(person, notice["links"]["acknowledge"], {"version": notice["version"]})
            found += 1
    return found
