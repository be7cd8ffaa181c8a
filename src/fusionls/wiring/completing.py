"""Which members are asked while somebody types."""

from collections.abc import Iterator

from fusionls.core.wish import Wish
from fusionls.settings.resolved import Settings
from fusionls.settings.schema import MemberBlock
from fusionls.wiring.members import usual_names, with_installed


def completing(settings: Settings, wish: Wish) -> Iterator[tuple[str, MemberBlock]]:
    """Yield the members that complete of the pool that is wanted, in its order."""
    known = with_installed(settings.members)
    pool = wish.pool or settings.completion.pool
    names = wish.members
    if names is None and pool in settings.pools:
        names = tuple(settings.pools[pool].members)
    for name in usual_names(settings) if names is None else names:
        if name in known and "completion" in known[name].roles:
            yield name, known[name]
