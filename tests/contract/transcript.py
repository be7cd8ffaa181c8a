"""Transcripts: what a vendor's documentation (or a real server) says a request and its answer look like.

One file in ``tests/contract/transcripts`` is one request and one answer::

    wire = "ollama"
    source = "title of the page, its address"
    verified = false              # true: recorded from a real server
    prompt = "text"               # or "messages", "fill_in" or "edit_sample", see prompts.py
    model = "m"
    key = "k-123"                 # left out: no key
    endpoint = "http://model.test"    # may be left out; so may the three of [options]
    expect_path = "/api/generate"     # with the query
    expect_headers = { authorization = "Bearer k-123" }
    expect_body = '''{...}'''     # compared as JSON
    status = 200
    content_type = "application/x-ndjson"
    body = '''the answer as it is on the wire'''
    text = "what must come out"
    tokens_in = 12                # these three are left out where the endpoint gives none
    tokens_out = 5
    logprob = -1.25               # the sum
    fails = "out of credit"       # for an answer that is a failure: its FailureKind; text is what came before
    [options]                     # what a user may add in the settings
    headers = {}
    body = {}
    query = {}
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fusionls.core.prompt import RenderedPrompt
from tests.contract.prompts import PROMPTS

FOLDER = Path(__file__).parent / "transcripts"
ENDPOINT = "http://model.test"
EDIT_SAMPLE = "edit_sample"


@dataclass(frozen=True, slots=True, eq=False)
class Transcript:
    """One request and its answer; the fields are those of the file. Each is equal to itself alone."""

    name: str
    wire: str
    source: str
    prompt: str
    model: str
    expect_path: str
    expect_headers: Mapping[str, str]
    expect_body: str
    status: int
    content_type: str
    body: str
    text: str
    key: str = ""
    endpoint: str = ENDPOINT
    verified: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None
    logprob: float | None = None
    fails: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rendered(self) -> RenderedPrompt:
        """The prompt that is asked with."""
        return PROMPTS[self.prompt]

    @property
    def answer(self) -> bytes:
        """The bytes of the answer's body."""
        return self.body.encode()

    @property
    def expected_json(self) -> Any:
        """The body of the request."""
        return json.loads(self.expect_body)


def read(path: Path) -> Transcript:
    """Return the transcript in ``path``. Raises TypeError for an unknown field and for a missing one."""
    return Transcript(name=path.stem, **tomllib.loads(path.read_text("utf-8")))


@cache
def transcripts() -> tuple[Transcript, ...]:
    """Return every transcript, in the order of their names."""
    return tuple(read(path) for path in sorted(FOLDER.glob("*.toml")))


def one_per_way() -> list[Transcript]:
    """Return the first transcript of each wire and dialect of prompt that is answered."""
    return list({(it.wire, it.prompt): it for it in _answered()}.values())


def one_per_wire() -> list[Transcript]:
    """Return the first transcript of each wire that is answered."""
    return list({it.wire: it for it in _answered()}.values())


def _answered() -> list[Transcript]:
    """Return those that are answered, the last first, without edits: their answers are those of a chat."""
    return [it for it in reversed(transcripts()) if not it.fails and it.prompt != EDIT_SAMPLE]
