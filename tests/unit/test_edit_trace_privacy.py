"""A trace that is kept without code holds no word of the person's: planted words come out nowhere."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.refactoring import EditFile, RefactorRequest
from fusionls.core.refactorings import refactorings
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import summary
from tests.support.edit_pools import ask_for_edit, edit_pools
from tests.support.fake_desk import FakeDesk, FakeDesks
from tests.support.scripted_transport import answer, fails

# In every name, text, path and message below.
PLANTED = "zq"
PYTHON = '''\
import zqmodule


class ZqShop:
    def zqprice(self, zqcount):
        return zqmodule.zqcost(zqcount)


def zqtotal(zqfirst, zqsecond):
    """Return zqwords."""
    zqsum = zqfirst + zqsecond
    zqsum = zqsum * 2
    return zqsum
'''
GO = "package zqmain\n\nfunc zqtotal(zqfirst int) int {\n\tzqx := zqfirst\n\treturn zqx\n}\n"
TEXTS = {"python": ("zqfolder/zqfile.py", PYTHON), "go": ("zqfolder/zqfile.go", GO)}


def fenced(text):
    return f"Here, with zqwords:\n```\n{text}```\nzqend"


ANSWERS = [
    PYTHON.replace("zqtotal", "zqother"),
    PYTHON.replace("zqsum", "zqresult").replace("class ZqShop", "class ZqStore"),
    PYTHON.replace("    zqsum = zqsum * 2\n", "").replace("zqtotal", "zqnew"),
    PYTHON.replace("zqfirst +", "zqunknown +"),
    PYTHON.partition("def zqtotal")[0],
    "--- a/zqother.py\n+++ b/zqother.py\n@@ -1 +1 @@\n-zqabsent\n+zqhere\n",
    "zqprose",
    "def zqtotal(:\n",
    "zqresult",
    GO.replace("zqx", "zqy"),
]


def traced(
    language, name, place, answers, *, instruction="rename zqtotal to `zqother`", desks=None
):
    path, text = TEXTS[language]
    files = (
        EditFile(path, DocumentSnapshot(f"file:///zqhome/{path}", language, 1, text)),
        EditFile(
            "zqbeside.py", DocumentSnapshot("file:///zqhome/zqbeside.py", "python", 1, PYTHON)
        ),
    )
    at = text.index(place)
    request = RefactorRequest("e1", files, at, at + len(place), instruction, name)
    scripts = {f"m{n}": answer(one) for n, one in enumerate(answers)} | {"m9": fails(500)}
    return ask_for_edit(edit_pools(scripts), request, desks=desks).suggestion.trace


def told(trace):
    return json.dumps(trace.to_json()) + summary(trace)


@given(
    st.sampled_from(sorted(TEXTS)),
    st.sampled_from(sorted(refactorings())),
    st.sampled_from(["zqtotal", "zqfirst", "return", "zqmain", "zqsum"]),
    st.lists(
        st.sampled_from(ANSWERS).flatmap(lambda a: st.sampled_from([a, fenced(a)])), max_size=4
    ),
)
def test_no_planted_word_comes_out(language, name, place, answers):
    place = place if place in TEXTS[language][1] else "zqtotal"
    trace = traced(language, name, place, answers)
    assert PLANTED not in told(trace).lower(), told(trace)


def test_a_public_name_that_is_renamed_is_told_of_without_the_name():
    trace = traced("python", "rewrite", "zqtotal", ANSWERS[:1])
    assert "public name `zqtotal`" in json.dumps(trace.to_json(with_text=True))
    assert "it changes the public name `\\u2026`" in told(trace)


@pytest.mark.parametrize(
    "why",
    [
        "zqfolder/zqfile.py cannot be read",
        "zqfile.py was closed meanwhile",
        "`zqa `of` zqb` is no name that this file binds",
        "`zqhalf of a name",
    ],
)
def test_a_refusal_is_told_without_its_path_or_name(why):
    desks = FakeDesks([FakeDesk(open_says=why)])
    trace = traced("python", "rewrite", "zqtotal", ["edit x"], desks=desks)
    assert PLANTED not in told(trace)
    assert why.split()[0].strip("`") in json.dumps(trace.to_json(with_text=True))
