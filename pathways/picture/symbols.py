"""What sign stands for a trigger, a task type, a gateway or a marker? (Drawn around the origin, about 18 px.)"""

_ENVELOPE = '<rect x="-8.5" y="-6" width="17" height="12" {look}/><path d="M-8.5-6 0 1 8.5-6" {lines}/>'
_ARROW = '<path d="M0-9 7 8 0 1-7 8Z" {look}/>'
_ZIGZAG = '<path d="M-8.5 7.5-3.5-6.5 2 3 8.5-8.5 3.8 7.8-2-1.5Z" {look}/>'
_PENTAGON = '<path d="M0-9 8.6-2.8 5.3 7.3H-5.3L-8.6-2.8Z" {look}/>'
_CROSS = "M-2.2-8.5H2.2V-2.2H8.5V2.2H2.2V8.5H-2.2V2.2H-8.5V-2.2H-2.2Z"
_CLOCK = (
    '<circle r="10" {look}/><path d="M0-6.5V0L4.5 2.5M0-10V-8M10 0H8M0 10V8M-10 0H-8'
    'M5-8.7 4-6.9M8.7-5 6.9-4M8.7 5 6.9 4M5 8.7 4 6.9M-5 8.7-4 6.9M-8.7 5-6.9 4M-8.7-5-6.9-4M-5-8.7-4-6.9" {lines}/>'
)
_SHEET = (
    '<rect x="-7" y="-8.5" width="14" height="17" {look}/>'
    '<path d="M-4.5-5H4.5M-4.5-1.7H4.5M-4.5 1.7H4.5M-4.5 5H4.5" {lines}/>'
)

_TRIGGERS = {
    "message": _ENVELOPE,
    "timer": _CLOCK,
    "error": _ZIGZAG,
    "escalation": _ARROW,
    "signal": '<path d="M0-9 8.5 6.5H-8.5Z" {look}/>',
    "conditional": _SHEET,
    "compensate": '<path d="M-.5-6.5V6.5L-9 0ZM8-6.5V6.5L-.5 0Z" {look}/>',
    "cancel": f'<path transform="rotate(45)" d="{_CROSS}" {{look}}/>',
    "link": '<path d="M-9-3.5H2V-7.5L9.5 0 2 7.5V3.5H-9Z" {look}/>',
    "multiple": _PENTAGON,
    "parallelMultiple": f'<path d="{_CROSS}" {{look}}/>',
    "terminate": '<circle r="10.5" class="solid"/>',
}

_TASKS = {
    "userTask": (
        '<circle cy="-4" r="3.8" {look}/><path d="M-7.5 8C-7.5 1.5-4 .8-2.3.6L0 2.6 2.3.6C4 .8 7.5 1.5 7.5 8Z" {look}/>'
    ),
    "serviceTask": '<circle r="6.3" class="teeth"/><circle r="5" {look}/><circle r="1.9" {look}/>',
    "sendTask": _ENVELOPE,
    "receiveTask": _ENVELOPE,
    "scriptTask": (
        '<path d="M-4-8H7C3-4 3-2 5 1 7 4 6 6 4 8H-7C-4 5-4 3-6 0-8-3-7-5-4-8Z" {look}/>'
        '<path d="M-3.5-4.5H1.5M-4-1.5H2M-3 1.5H3M-2.5 4.5H3" {lines}/>'
    ),
    "businessRuleTask": (
        '<rect x="-8.5" y="-6.5" width="17" height="13" {look}/>'
        '<rect x="-8.5" y="-6.5" width="17" height="4" class="solid"/>'
        '<path d="M-8.5 2H8.5M-3-2.5V6.5" {lines}/>'
    ),
    "manualTask": (
        '<path d="M-8-1.5-2.5-6.5C-1-7.6.6-6.4-.6-5L-2.4-3.2H7.2C8.9-3.2 8.9-.9 7.2-.9H8C9.5-.9 9.5 1.3 8 1.3H7.2'
        'C8.6 1.3 8.6 3.5 7.2 3.5H6C7.2 3.5 7.2 5.7 6 5.7H-2.6C-6 5.7-8 4-8 1.5Z" {look}/>'
    ),
}

_GATEWAYS = {
    "exclusiveGateway": (
        '<path d="M-7.6-8.5-2.2 0-7.6 8.5H-3.9L0 2.3 3.9 8.5H7.6L2.2 0 7.6-8.5H3.9L0-2.3-3.9-8.5Z" class="solid"/>'
    ),
    "parallelGateway": '<path d="M-1.8-11.5H1.8V-1.8H11.5V1.8H1.8V11.5H-1.8V1.8H-11.5V-1.8H-1.8Z" class="solid"/>',
    "inclusiveGateway": '<circle r="11" class="ring thick"/>',
    "eventBasedGateway": f'<circle r="14" class="ring"/><circle r="11.5" class="ring"/>{_PENTAGON}',
    "complexGateway": '<path d="M0-12V12M-12 0H12M-8.5-8.5 8.5 8.5M-8.5 8.5 8.5-8.5" class="asterisk"/>',
}

_MARKERS = {
    "plus": (
        '<rect x="-7" y="-7" width="14" height="14" class="hollow"/><path d="M-4.5 0H4.5M0-4.5V4.5" class="strokes"/>'
    ),
    "loop": '<path d="M-2.5 6A6.5 6.5 0 1 1 2.5 6M-2.5 6V2M-2.5 6H-6.5" class="strokes"/>',
    "parallel": '<path d="M-5-6V6M0-6V6M5-6V6" class="asterisk"/>',
    "sequential": '<path d="M-6-5H6M-6 0H6M-6 5H6" class="asterisk"/>',
    "compensation": '<path d="M-.5-6V6L-8 0ZM7-6V6L-.5 0Z" class="hollow"/>',
    "tilde": '<path d="M-7 2C-4-5 -2-3 0 0S4 5 7-2" class="asterisk"/>',
}


def trigger_sign(trigger: str, *, throwing: bool) -> str:
    """Sign of an event's trigger: filled when it throws, hollow when it catches."""
    return _drawn(_TRIGGERS.get(trigger, ""), solid=throwing)


def task_sign(tag: str) -> str:
    """Sign in the corner of a task; empty for an undefined task."""
    return _drawn(_TASKS.get(tag, ""), solid=tag == "sendTask")


def gateway_sign(tag: str) -> str:
    """Sign in a gateway's diamond."""
    return _drawn(_GATEWAYS.get(tag, ""), solid=False)


def marker_sign(marker: str) -> str:
    """Sign at the foot of an activity: `plus, tilde, loop, parallel, sequential, compensation`."""
    return _MARKERS[marker]


def _drawn(sign: str, *, solid: bool) -> str:
    look, lines = ("solid", "strokes light") if solid else ("hollow", "strokes")
    return sign.format(look=f'class="{look}"', lines=f'class="{lines}"')
