"""The state of a request in which some have answered: who, and who agrees with whom."""

from collections.abc import Collection, Iterator, Mapping, Sequence

# The states of five members are 674; six would be 3,263 and are decided by the cold-start rule.
MOST_MEMBERS = 5
PENDING = -1
GONE = 0

Signature = tuple[int, ...]


def signature_of(
    members: Sequence[str], classes: Mapping[str, str], gone: Collection[str] = ()
) -> Signature:
    """Return the state: for each member -1 (may still come), 0 (nothing usable) or its class, 1 and up.

    ``classes`` maps who has answered to the name of its class, "" for nothing usable. Classes are numbered
    in the order of the members, so equal situations are equal states, whoever came first.
    """
    labels = [classes.get(member, "" if member in gone else None) for member in members]
    numbers: dict[str, int] = {}
    return tuple(
        PENDING if label is None else numbers.setdefault(label, len(numbers) + 1) if label else GONE
        for label in labels
    )


def renumbered(signature: Sequence[int]) -> Signature:
    """Return ``signature`` with its classes numbered in the order of the members."""
    numbers: dict[int, int] = {}
    return tuple(
        value if value <= GONE else numbers.setdefault(value, len(numbers) + 1)
        for value in signature
    )


def without(signature: Signature, kept: Collection[int]) -> Signature:
    """Return the state in which only the members at the places ``kept`` had come."""
    return renumbered(
        [value if place in kept else PENDING for place, value in enumerate(signature)]
    )


def followers(signature: Signature, place: int) -> Iterator[Signature]:
    """Yield the states after the member at ``place`` ends: with nothing, in each class, in one of its own."""
    for value in range(max(max(signature, default=0), 0) + 2):
        yield renumbered([*signature[:place], value, *signature[place + 1 :]])


def all_signatures(count: int) -> list[Signature]:
    """Return every state of ``count`` members, those with fewest pending first."""
    found: set[Signature] = {(PENDING,) * count}
    todo = list(found)
    while todo:
        state = todo.pop()
        for place, value in enumerate(state):
            if value != PENDING:
                continue
            new = set(followers(state, place)) - found
            found |= new
            todo.extend(new)
    return sorted(found, key=lambda state: (state.count(PENDING), state))


def class_sizes(signature: Signature) -> dict[int, int]:
    """Return how many stand behind each class."""
    sizes: dict[int, int] = {}
    for value in signature:
        if value > GONE:
            sizes[value] = sizes.get(value, 0) + 1
    return sizes
