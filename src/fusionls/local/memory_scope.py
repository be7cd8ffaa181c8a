"""Which open documents the memory may take in: none that is secret, excluded or ignored."""

import os
from collections.abc import Callable

from fusionls.core.kept_in import NO_RULES, Keep, PrivacyRules, may_leave
from fusionls.core.uris import is_file
from fusionls.local.memory_files import name_of, path_of
from fusionls.local.memory_ignore import Ignoring

# Returns the rules of the project that a document or folder, a URI, lies in. Called from the event loop.
RulesOf = Callable[[str], PrivacyRules]


def no_rules(uri: str) -> PrivacyRules:
    """Return what counts without settings."""
    return NO_RULES


def is_named_private(uri: str, rules: PrivacyRules) -> bool:
    """Tell whether the document ``uri`` is kept from every member by its name. Looks at no file."""
    return may_leave((uri, name_of(uri)), rules) is Keep.NOTHING


def is_private(uri: str, folder: str, rules: PrivacyRules) -> bool:
    """Tell whether the document ``uri`` is kept from every member, or ignored in the ``folder`` around it.

    It is looked at where its links lead. ``folder`` is a URI, empty if there is none. Reads ignore
    files; never raises.
    """
    if is_named_private(uri, rules):
        return True
    if not is_file(uri):
        return False
    try:
        path = path_of(uri)
        if may_leave((os.path.realpath(path),), rules) is Keep.NOTHING:
            return True
        return bool(folder) and Ignoring(path_of(folder), rules).is_ignored_deep(path)
    except (OSError, ValueError):
        # A path that cannot be looked at is not to be told from a harmless one.
        return True
