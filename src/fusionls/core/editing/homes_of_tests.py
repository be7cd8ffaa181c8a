"""Which file the tests of a file stand in."""

from fusionls.core.languages import language_for

# What a test file is called, from the name of the tested file and its ending. Rust keeps tests inside.
_TARGETS = {
    "python": "test_{0}.py",
    "javascript": "{0}.test{1}",
    "typescript": "{0}.test{1}",
    "tsx": "{0}.test{1}",
    "go": "{0}_test.go",
    "java": "{0}Test.java",
    "c-sharp": "{0}Tests.cs",
    "php": "{0}Test.php",
    "ruby": "{0}_test.rb",
}
# Maven and Gradle keep tests in a folder of their own.
_FOLDERS = {"java": ("src/main/java/", "src/test/java/")}


def target_of(file: str) -> str:
    """Return the name of the file for tests of ``file``, "" where they stand in it or none is known."""
    language = language_for("", file)
    form = _TARGETS.get(language.name if language is not None else "", "")
    folder, slash, own = file.replace("\\", "/").rpartition("/")
    stem, dot, ending = own.rpartition(".")
    if not form or not stem or is_test(stem):
        return ""
    main, tests = _FOLDERS.get(language.name if language is not None else "", ("", ""))
    whole = f"{folder}{slash}"
    if main and main in whole:
        whole = whole.replace(main, tests, 1)
    return whole + form.format(stem, dot + ending)


def is_test(stem: str) -> bool:
    """Tell whether ``stem``, the name of a file without its ending, is that of a test."""
    ends = ("_test", ".test", ".spec", "_spec", "Test", "Tests")
    return stem.startswith("test_") or stem.endswith(ends)
