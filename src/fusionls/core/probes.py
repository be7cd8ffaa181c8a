"""The small texts that ``fusionls doctor`` asks members about: written for it, nobody's code."""

from dataclasses import dataclass

from fusionls.core.agreement import class_key


@dataclass(frozen=True, slots=True)
class Probe:
    """A text with a hole in it.

    ``right`` are the first lines that are right in the hole; it is empty where many texts would do, and
    then only the same model says the same. ``language`` is the name of a language with a grammar.
    """

    name: str
    language: str
    prefix: str
    suffix: str
    right: tuple[str, ...] = ()

    def is_right(self, text: str) -> bool:
        """Tell whether the first line of ``text`` is one of those that are right."""
        key = class_key(text)
        return any(key == class_key(line) for line in self.right)


# The middle of these is certain, but only for who has read what stands behind the hole.
FILL_INS = (
    Probe(
        "a name that is returned",
        "python",
        "def to_metres(kilometres):\n    ",
        " = kilometres * 1000\n    return metres\n",
        ("metres",),
    ),
    Probe(
        "a name that is logged",
        "javascript",
        "function greet(person) {\n  const ",
        ' = "Hello, " + person;\n  console.log(salutation);\n  return salutation;\n}\n',
        ("salutation",),
    ),
    Probe(
        "a module that is used",
        "python",
        "import ",
        '\n\nprint(json.dumps({"answer": 42}))\nprint(json.loads("[]"))\n',
        ("json",),
    ),
)

# The next words of these are certain without what stands behind.
CONTINUATIONS = (
    Probe(
        "the other end",
        "python",
        "def first(items):\n    return items[0]\n\n\ndef last(items):\n    return items[-",
        "]\n",
        ("1",),
    ),
    Probe(
        "a variable of a loop",
        "python",
        "for letter in 'abc':\n    print(letter)\n\nfor number in range(10):\n    print(",
        ")\n",
        ("number",),
    ),
    Probe(
        "the other operand",
        "javascript",
        "function add(a, b) {\n  return a + b;\n}\n\nfunction multiply(a, b) {\n  return a * ",
        ";\n}\n",
        ("b",),
    ),
)

# A dozen for the parse gate and for comparing members. What has no ``right`` is a matter of taste: two
# different models seldom write the same sentence, and one model asked twice nearly always does.
PROBES = (
    Probe(
        "a sum",
        "python",
        "def total(prices):\n    result = 0\n    for price in prices:\n        result",
        "\n    return result\n",
        ("+= price", "= result + price"),
    ),
    Probe(
        "a docstring",
        "python",
        'def slug(title):\n    """',
        '"""\n    return "-".join(title.lower().split())\n',
    ),
    Probe(
        "a test for even",
        "javascript",
        "function isEven(number) {\n  return ",
        ";\n}\n",
        ("number % 2 === 0", "number % 2 == 0"),
    ),
    Probe(
        "a message",
        "typescript",
        "// What a person reads when the search has found nothing.\nconst nothingFound: string = ",
        ";\n\nexport { nothingFound };\n",
    ),
    Probe(
        "the larger one",
        "go",
        "package numbers\n\nfunc Max(a, b int) int {\n\tif a > b {\n\t\treturn ",
        "\n\t}\n\treturn b\n}\n",
        ("a",),
    ),
    Probe(
        "an area",
        "rust",
        "struct Box {\n    width: u32,\n    height: u32,\n}\n\n"
        "fn area(shape: &Box) -> u32 {\n    shape.",
        "\n}\n",
        ("width * shape.height", "height * shape.width"),
    ),
    Probe(
        "a greeting",
        "java",
        "class Greeter {\n    String welcome(String name, int visits) {\n        return ",
        ";\n    }\n}\n",
    ),
    Probe(
        "a step of a loop",
        "c",
        "int length(const char *text)\n{\n    int count = 0;\n"
        "    while (text[count] != '\\0')\n        count",
        "\n    return count;\n}\n",
        ("++;", "+= 1;", "= count + 1;"),
    ),
    Probe(
        "a refusal",
        "c-sharp",
        "class Account\n{\n    decimal balance;\n\n    void Withdraw(decimal amount)\n    {\n"
        "        if (amount > balance)\n            throw new ",
        ";\n        balance -= amount;\n    }\n}\n",
    ),
    Probe(
        "a label",
        "ruby",
        "def label(count)\n  text = ",
        "\n  puts text\nend\n",
    ),
    Probe(
        "a clean title",
        "php",
        "<?php\n\nfunction clean(string $title): string\n{\n    return ",
        ";\n}\n",
    ),
    Probe(
        "a report",
        "bash",
        '#!/bin/bash\n# Says for every log file how long it is.\nfor file in *.log; do\n    echo "',
        '"\ndone\n',
    ),
)

# What is read once by a member whose speed is measured: about as much as stands around a cursor. Each name
# makes another request of it, so that no answer is one that was given before.
SPEED_NAMES = ("smallest", "largest", "shortest", "longest")
_FUNCTIONS = (
    ("total", "result = 0", "result += value"),
    ("product", "result = 1", "result *= value"),
    ("negated", "result = []", "result.append(-value)"),
    ("squares", "result = []", "result.append(value * value)"),
    ("distinct", "result = set()", "result.add(value)"),
    ("joined", 'result = ""', "result += str(value)"),
    ("counted", "result = 0", "result += 1"),
    ("positions", "result = {}", "result[value] = len(result)"),
)


def speed_probe(name: str, edition: str) -> Probe:
    """Return the probe that ends in a function ``name``; all of one ``edition`` begin alike.

    What a server has read of another edition, for instance in an earlier run, does not help it.
    """
    head = f'"""Small functions over a list of values (edition {edition})."""\n\n\n' + "".join(
        f"def {called}(values):\n    {first}\n    for value in values:\n        {step}\n"
        "    return result\n\n\n"
        for called, first, step in _FUNCTIONS
    )
    return Probe(
        name, "python", f"{head}def {name}(values):\n    result = ", "\n    return result\n"
    )
