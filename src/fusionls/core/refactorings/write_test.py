"""A test for a function."""

from fusionls.core.editing.homes_of_tests import target_of
from fusionls.core.refactorings._offering import is_code
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where

_FRAMEWORKS = {
    "python": "pytest",
    "javascript": "the test functions that the project uses, else `describe`, `it` and `expect`",
    "typescript": "the test functions that the project uses, else `describe`, `it` and `expect`",
    "tsx": "the test functions that the project uses, else `describe`, `it` and `expect`",
    "go": "the package `testing`",
    "java": "JUnit 5",
    "rust": "`#[test]` in a module `tests` with `#[cfg(test)]`",
    "c-sharp": "xUnit",
    "php": "PHPUnit",
    "ruby": "Minitest",
}


def _title(where: Where) -> str:
    known = where.language in _FRAMEWORKS and is_code(where)
    return "Write a test for this function" if known else ""


def _instruction(where: Where) -> str:
    framework = _FRAMEWORKS.get(where.language, "")
    how = f" Use {framework}." if framework else ""
    return (
        f"Write a test for this function.{how} Test what it returns for usual values, for the edges "
        "and for values that it refuses. Do not change the function."
    )


def _rules() -> Rules:
    from fusionls.core.editing.testing import for_a_test, test_of

    return Rules(for_a_test, test_of)


REFACTORING = Refactoring(
    "test", "refactor.rewrite.test", _title, _instruction, _rules, target=target_of
)
