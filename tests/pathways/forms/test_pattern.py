"""Are patterns executed as JavaScript does? Each line was compared with `new RegExp(pattern).test(text)`."""

import json
import shutil
import subprocess
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathways.forms.pattern import PatternError, TooCostly, compile_pattern, matches

MATCHING = [
    ("", ""),
    ("b", "abc"),
    ("^a.c$", "abc"),
    ("^[^]$", "\n"),
    (r"^\d{2,3}$", "12"),
    ("^a{,2}$", "a{,2}"),
    ("^a{$", "a{"),
    ("^]}$", "]}"),
    (r"^[\w-]+$", "a-b_1"),
    (r"^[\d-x]+$", "1-x"),
    (r"^\u0041\x42\cJ\t\.\/\-$", "AB\n\t./-"),
    (r"^[\b]$", "\b"),
    (r"\bfoo\b", "a foo b"),
    (r"o\B", "foot"),
    (r"^(?=.*[A-Z])(?=.*\d)(?!.* ).{4,}$", "abC1"),
    (r"(?<=€)\d+", "€12"),
    (r"(?<!€)\b\d+", "$12"),
    (r"(?<=(\d+)(\d+))x\1", "123x1"),
    (r"^(a)(b)?\2c$", "ac"),
    (r"^(?<y>\d)-\k<y>$", "4-4"),
    (r"^(?:(a)|b)*\1$", "aab"),
    (r"^(a*)*$", "aaa"),
    (r"^(?:a|ab)(?:c|bcd)(?:d*)$", "abcd"),
    (r"^.$", "é"),
    (r"^..$", "😀"),
    (r"^\s$", "\ufeff"),
    (r"^(?:){3}a??$", ""),
]
FAILING = [
    ("^b", "abc"),
    ("a.b", "a\nb"),
    ("[]", "a"),
    (r"^\w$", "é"),
    (r"^\d$", "٣"),
    ("^a$", "a\n"),
    ("^.$", "😀"),
    ("(?i", None),
    (r"(a)\1", "ab"),
    (r"(?!a)a", "a"),
    (r"\S", "\u2028"),
]


@pytest.mark.parametrize(("pattern", "text"), MATCHING)
def test_it_matches(pattern, text):
    assert matches(pattern, text)


@pytest.mark.parametrize(("pattern", "text"), [pair for pair in FAILING if pair[1] is not None])
def test_it_does_not_match(pattern, text):
    assert not matches(pattern, text)


WRONG = [
    "(",
    ")",
    "a**",
    "*",
    "{1}",
    "[b-a]",
    "[",
    "\\",
    "(?",
    "(?<a",
    "(?<a>b)(?<a>c)",
    r"\1",
    r"\p{L}",
    "(?i:a)",
    "^*",
]
TOO_LARGE = ["a{99999}", "(?:){999999999}", "((a{50}){50}){50}", "(" * 40 + ")" * 40, "a" * 3_000]


@pytest.mark.parametrize("pattern", WRONG + TOO_LARGE)
def test_a_wrong_pattern_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|aa)+$", "(a*)*(a*)*(a*)*$b", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_no_pattern_stops_the_server(pattern):
    started = time.thread_time()
    assert not matches(pattern, "a" * 2_000 + "!")
    assert time.thread_time() - started < 3


def test_what_would_take_too_long_is_given_up():
    with pytest.raises(TooCostly):
        matches(r"(.*)(.*)\1\2x", "ab" * 300)


ATOMS = [*"abc.^$-_ 1}]", r"\d", r"\W", r"\b", r"\B", "[ab]", "[^a]", "[]", "[^]", r"[\w-]", r"\x61", "a{2}", "b{,2}"]


def joined(parts):
    pieces = st.tuples(parts, st.sampled_from(["", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "??"]))
    return st.lists(pieces.map("".join), min_size=1, max_size=4).map("".join)


PATTERNS = joined(
    st.recursive(
        st.sampled_from(ATOMS),
        lambda inner: st.tuples(st.sampled_from(["(?:", "(", "(?=", "(?!", "(?<=", "(?<!"]), joined(inner)).map(
            lambda pair: f"{pair[0]}{pair[1]})"
        ),
        max_leaves=6,
    )
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.tuples(PATTERNS, st.text("aab1_- \né😀", max_size=7)), min_size=20, max_size=40))
def test_every_pattern_gives_what_javascript_gives(pairs):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = """
    const pairs = JSON.parse(require('fs').readFileSync(0));
    const test = ([p, t]) => { try { return new RegExp(p).test(t) } catch (e) { return null } };
    console.log(JSON.stringify(pairs.map(test)))
    """
    done = subprocess.run([node, "-e", program], input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert [ours(*pair) for pair in pairs] == json.loads(done.stdout)


def ours(pattern, text):
    try:
        return matches(pattern, text)
    except PatternError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.text("(?:=!<>)[]{}\\|*+?.^$-ab1,kuxpcd", max_size=30), st.text(max_size=20))
def test_no_text_breaks_the_reader(pattern, text):
    try:
        matches(pattern, text)
    except (PatternError, TooCostly):
        return
