"""C++."""

from fusionls.core.language import Language


def _grammar() -> object:
    import tree_sitter_cpp

    return tree_sitter_cpp.language()


LANGUAGE = Language(
    name="cpp",
    ids=("cpp", "cuda-cpp"),
    extensions=(".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ipp", ".cu"),
    grammar=_grammar,
    line_comment="//",
    endings=(
        ";",
        " {}",
        " = x;",
        " x;",
        "\nvoid x() {}",
        "\nclass X {};",
        "\n#endif\n",
        "\n",
    ),
    tails=(
        " catch (...) {}",
        " while (x);",
        ";",
    ),
)
