"""What the scope model knows of a language: a tree-sitter query and a few lists."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Calls:
    """Where a definition and a call stand in the tree, and which parameters can be counted.

    ``definitions`` and ``calls`` are node types with two fields: the name, and the parameters or
    arguments. ``required`` and ``optional`` are node types of parameters; any other kind of parameter,
    and any of ``open_ended`` among the parameters or arguments, makes the number unknown.
    ``names_each`` counts the names in a parameter (Go: ``a, b int``). ``law`` tells that a wrong number
    of arguments never runs.
    """

    definitions: tuple[tuple[str, str, str], ...]
    calls: tuple[tuple[str, str, str], ...]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    open_ended: tuple[str, ...] = ()
    names_each: bool = False
    law: bool = True


@dataclass(frozen=True, slots=True)
class ScopeRules:
    """The scope rules of one language. One file in ``core/scopes/languages`` makes one.

    ``query`` marks nodes, without predicates: those on text crash on trees that were parsed in pieces.
    ``@scope.function`` runs later, ``@scope.block`` in place, ``@scope.class`` is seen from the
    functions inside only with ``members_seen``. ``@name`` is a name, and the innermost region around it
    says what becomes of it: ``@binds`` in the scope it stands in, from there on, ``@binds.function`` in
    the function around, ``@binds.outer`` in the scope around that scope; each with ``.early`` for the
    whole of that scope; and ``@binds.file`` for the whole file. ``@uses`` (as outside of any region)
    uses it, and ``@skip`` leaves it out, ``@skip.small`` if it begins with a small letter. Names in
    ``@after`` are bound from its end on, in ``@loop`` from its start. ``@open`` says that the scope it
    stands in also has names which cannot be seen, ``@unsure`` that nothing in this file is certain,
    ``@closed`` that a file with it sees no names of other files, and ``@decorated`` is a definition
    whose number of arguments somebody changes.

    ``known`` are names that need no binding, of ``known_source``. ``bodies`` are node types whose
    children are read one by one and remembered. ``lower_only``: only names that begin with a small
    letter are judged, because others may be types of other files. ``dynamic`` are functions that can
    bind any name. ``closed``: a name that nothing in the file binds is certainly unbound.
    """

    query: str
    known: frozenset[str]
    known_source: str
    bodies: tuple[str, ...]
    members_seen: bool = False
    lower_only: bool = False
    closed: bool = True
    dynamic: frozenset[str] = field(default=frozenset())
    arity: Calls | None = None
