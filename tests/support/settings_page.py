"""The tables of docs/settings.md, from the schema: every key with its meaning, default, right and example.

python -m tests.support.settings_page           rewrite them; the words around them are written by hand
"""

from pathlib import Path

from pydantic.fields import FieldInfo

from fusionls.settings import schema
from fusionls.settings.rights import says_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
# The name by which a table of the page is marked, and the block that it describes.
TABLES: dict[str, type[schema.Block]] = {
    "of the file": schema.UserFile,
    "members.NAME": schema.MemberBlock,
    "members.NAME.key": schema.KeyBlock,
    "members.NAME.price": schema.PriceBlock,
    "network": schema.NetworkBlock,
    "pools.NAME": schema.PoolBlock,
    "completion": schema.CompletionBlock,
    "refactor": schema.RefactorBlock,
    "privacy": schema.PrivacyBlock,
    "languages.NAME": schema.LanguageBlock,
}
HEAD = "| Key | Meaning | Default | Who | Example |\n|---|---|---|---|---|\n"
END = "<!-- end -->"


def write_page(check: bool) -> tuple[Path, ...]:
    """Return the page if it is out of date, and unless it is only a ``check`` write it."""
    page = PAGE.read_text("utf-8")
    if (right := _rendered(page)) == page:
        return ()
    if not check:
        PAGE.write_text(right, "utf-8")
    return (PAGE,)


def _rendered(page: str) -> str:
    for name, block in TABLES.items():
        begin = f"<!-- keys {name} -->\n"
        before, rest = page.split(begin, 1)
        rows = "".join(_row(key, field) for key, field in block.model_fields.items())
        page = before + begin + HEAD + rows + END + rest.split(END, 1)[1]
    return page


def _row(key: str, field: FieldInfo) -> str:
    says = says_of(field)
    example = f"`{says.example}`" if says.example else ""
    return f"| `{key}` | {says.meaning} | {_default(field)} | {says.right.value} | {example} |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, schema.Block) or value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, list):
        return f"`{str(value).replace(chr(39), chr(34))}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{str(value).lower()}`"


if __name__ == "__main__":
    write_page(check=False)
