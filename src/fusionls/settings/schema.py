"""The settings files as pydantic models: what may stand in them, and who may write it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from fusionls.settings.member_block import IN_PROCESS as IN_PROCESS
from fusionls.settings.member_block import LOOPBACK as LOOPBACK
from fusionls.settings.member_block import Block as Block
from fusionls.settings.member_block import KeyBlock as KeyBlock
from fusionls.settings.member_block import MemberBlock as MemberBlock
from fusionls.settings.member_block import NetworkBlock as NetworkBlock
from fusionls.settings.member_block import PriceBlock as PriceBlock
from fusionls.settings.member_block import Role as Role
from fusionls.settings.patterns import Patterns
from fusionls.settings.rights import Within, project, user

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=80)]
# The hard caps may be widened by the user, but an answer after ten seconds is not a completion.
LONGEST_BUDGET_MS = 10_000
# An edit is waited for knowingly, but not for longer than this.
LONGEST_REFACTOR_MS = 300_000
# Nobody has more: it is a generated file, and each member costs a connection.
MOST_MEMBERS = 200
# The pool that is always there, also if the user has written no pools.
DEFAULT_POOL = "default"

Budget = Annotated[int, Field(ge=1, le=LONGEST_BUDGET_MS)]
RefactorBudget = Annotated[int, Field(ge=1, le=LONGEST_REFACTOR_MS)]
# The first usable of three answers was right in 3 to 5 of 100 edits more; each costs time, or money.
Samples = Annotated[int, Field(ge=1, le=5)]
Members = Annotated[dict[Name, MemberBlock], Field(max_length=MOST_MEMBERS)]


def _is_whole(path: str) -> str:
    if not path.startswith(("/", "~")) and path[1:3] not in (":\\", ":/"):
        raise ValueError('write the whole path of the folder, like "~/code/acme"')
    return path


ProjectPath = Annotated[str, AfterValidator(_is_whole)]


class PoolBlock(Block):
    """``[pools.NAME]``: which members are asked, in order."""

    members: Annotated[
        list[str],
        Field(min_length=1, max_length=MOST_MEMBERS),
        project(Within.CHOOSES, "The names of the members, in order.", '["memory", "qwen"]'),
    ]


class CompletionBlock(Block):
    """``[completion]``: which pool, and the hard caps in milliseconds."""

    pool: Annotated[
        str, project(Within.CHOOSES, "The pool that is asked while you type.", '"default"')
    ] = DEFAULT_POOL
    budget_ms: Annotated[
        Budget,
        project(Within.LOWERS, "The longest wait for a suggestion while you type.", "350"),
    ] = 350
    manual_budget_ms: Annotated[
        Budget,
        project(Within.LOWERS, "The longest wait when you ask for a suggestion.", "1500"),
    ] = 1500
    threshold: Annotated[
        float,
        Field(ge=0, le=1, allow_inf_nan=False),
        project(
            Within.CHOOSES,
            "How likely a suggestion must be right to be shown while you type, from 0 to 1. Unless it is "
            "written, 0.05 for small models that say how sure they are.",
            "0.25",
        ),
    ] = 0.25
    debounce: Annotated[
        bool,
        project(
            Within.CHOOSES,
            "Whether a request may wait for your next key, as long as you type faster than the pool answers.",
            "false",
        ),
    ] = True


class RefactorBlock(Block):
    """``[refactor]``: who is asked for edits, and for how long."""

    pool: Annotated[
        str, project(Within.CHOOSES, "The pool that is asked for edits.", '"default"')
    ] = DEFAULT_POOL
    budget_ms: Annotated[
        RefactorBudget, project(Within.LOWERS, "The longest wait for an edit.", "20000")
    ] = 20_000
    samples: Annotated[
        Samples,
        project(
            Within.LOWERS,
            "How often a member is asked for one edit at most, from 1 to 5: while none of its answers can be"
            " used or no two members agree, and there is time left.",
            "3",
        ),
    ] = 3
    judge: Annotated[
        str,
        project(
            Within.CHOOSES,
            "A member that compares the candidates and may propose one more; none if empty.",
            '"qwen"',
        ),
    ] = ""


class PrivacyBlock(Block):
    """``[privacy]``: what is kept in. A project may only add."""

    local_only: Annotated[
        bool,
        project(Within.SWITCHES_ON, "Ask nobody but the members on this machine.", "true"),
    ] = False
    exclude: Annotated[
        Patterns,
        project(
            Within.ADDS,
            "Files that no member is ever shown, as in a .gitignore, from the project's folder.",
            '["secrets/**"]',
        ),
    ] = Field(default=[])
    local_paths: Annotated[
        Patterns,
        project(
            Within.ADDS,
            "Files that only members on this machine are shown.",
            '["hr/**"]',
        ),
    ] = Field(default=[])


class LanguageBlock(Block):
    """``[languages.NAME]``: one language, by the name that editors give it."""

    enabled: Annotated[
        bool,
        project(Within.SWITCHES_OFF, "Whether anything is suggested in its files.", "false"),
    ] = True


class ProposedBlock(Block):
    """``[proposed]``: what a project would like to have. Without effect until it is adopted."""

    members: Annotated[
        Members,
        project(Within.CHOOSES, "Members that `fusionls adopt` shows, and copies if you agree."),
    ] = Field(default={})


class ProjectRules(Block):
    """What both the user and a project may write."""

    pools: Annotated[
        dict[Name, PoolBlock],
        Field(max_length=MOST_MEMBERS),
        project(Within.CHOOSES, "Pools: groups of members that are asked together."),
    ] = Field(default={})
    completion: Annotated[
        CompletionBlock, project(Within.ITS_BLOCK, "Suggestions while you type.")
    ] = CompletionBlock()
    refactor: Annotated[RefactorBlock, project(Within.ITS_BLOCK, "Edits that you ask for.")] = (
        RefactorBlock()
    )
    privacy: Annotated[PrivacyBlock, project(Within.ITS_BLOCK, "What is kept in.")] = PrivacyBlock()
    languages: Annotated[
        dict[Name, LanguageBlock],
        project(Within.ITS_BLOCK, "Languages, by the names that editors give them."),
    ] = Field(default={})


class ProjectBlock(ProjectRules):
    """``[projects."PATH"]`` of the user's file: the same for one project, with full rights."""

    members: Annotated[Members, user("The models, and the ways to them.")] = Field(default={})
    network: Annotated[
        NetworkBlock, user("The way into the network, for all members that have none of their own.")
    ] = NetworkBlock()


class UserFile(ProjectBlock):
    """The user's settings file."""

    currency: Annotated[
        str, Field(pattern=r"^[A-Z]{3}$"), user("The currency of all prices.", '"USD"')
    ] = "USD"
    weights: Annotated[
        str,
        user(
            "How answers are weighed: a file of `fusionls calibrate`, read again when it changes.",
            '"~/weights.json"',
        ),
    ] = ""
    projects: Annotated[
        dict[ProjectPath, ProjectBlock],
        user("Your settings for single projects, by their folders, and all that lies in them."),
    ] = Field(default={})


class ProjectFile(ProjectRules):
    """A project's ``.fusionls.toml``, or ``[tool.fusionls]`` of its ``pyproject.toml``."""

    proposed: Annotated[ProposedBlock, project(Within.CHOOSES, "What `fusionls adopt` shows.")] = (
        ProposedBlock()
    )


class CompletionCeiling(Block):
    """``[completion]`` of the machine policy."""

    budget_ms: Annotated[Budget, user("The most that anybody may set.", "350")] = LONGEST_BUDGET_MS
    manual_budget_ms: Annotated[Budget, user("The most that anybody may set.", "1500")] = (
        LONGEST_BUDGET_MS
    )


class RefactorCeiling(Block):
    """``[refactor]`` of the machine policy."""

    budget_ms: Annotated[RefactorBudget, user("The most that anybody may set.", "20000")] = (
        LONGEST_REFACTOR_MS
    )


class PolicyFile(Block):
    """The machine policy, a file that only an administrator can write. Its limits bind everybody."""

    allowed_hosts: Annotated[
        list[str] | None,
        user(
            "The only other machines that members may be on; *.example.com stands for all below it.",
            '["models.acme.example"]',
        ),
    ] = None
    privacy: Annotated[PrivacyBlock, user("What is kept in, for everybody.")] = PrivacyBlock()
    completion: Annotated[CompletionCeiling, user("Ceilings for suggestions.")] = (
        CompletionCeiling()
    )
    refactor: Annotated[RefactorCeiling, user("Ceilings for edits.")] = RefactorCeiling()


class EditorCompletion(Block):
    """``fusionls.completion`` in an editor's settings."""

    enabled: Annotated[
        bool, project(Within.SWITCHES_OFF, "Whether anything is suggested.", "false")
    ] = True
    pool: Annotated[str | None, project(Within.CHOOSES, "The pool that is asked.")] = None
    members: Annotated[
        Annotated[list[str], Field(min_length=1)] | None,
        project(Within.CHOOSES, "Members that are asked in place of the pool's."),
    ] = None
    budget_ms: Annotated[
        Annotated[int, Field(ge=1)] | None, project(Within.LOWERS, "As in the settings file.")
    ] = None
    manual_budget_ms: Annotated[
        Annotated[int, Field(ge=1)] | None, project(Within.LOWERS, "As in the settings file.")
    ] = None


class EditorRefactor(Block):
    """``fusionls.refactor`` in an editor's settings."""

    enabled: Annotated[
        bool, project(Within.SWITCHES_OFF, "Whether edits are offered.", "false")
    ] = True
    pool: Annotated[str | None, project(Within.CHOOSES, "The pool that is asked for edits.")] = None
    budget_ms: Annotated[
        Annotated[int, Field(ge=1)] | None, project(Within.LOWERS, "As in the settings file.")
    ] = None


class EditorSettings(Block):
    """The section ``fusionls`` of an editor's settings. It has the rights of a project."""

    completion: Annotated[
        EditorCompletion, project(Within.ITS_BLOCK, "Suggestions while you type.")
    ] = EditorCompletion()
    refactor: Annotated[EditorRefactor, project(Within.ITS_BLOCK, "Edits that you ask for.")] = (
        EditorRefactor()
    )
    privacy: Annotated[PrivacyBlock, project(Within.ITS_BLOCK, "What is kept in.")] = PrivacyBlock()
    languages: Annotated[
        dict[Name, LanguageBlock],
        project(Within.ITS_BLOCK, "Languages, by the names that editors give them."),
    ] = Field(default={})
