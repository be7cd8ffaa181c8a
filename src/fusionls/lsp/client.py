"""What the client said of itself in ``initialize``, as far as we act on it."""

from dataclasses import dataclass
from typing import Any

from lsprotocol import types


@dataclass(frozen=True, slots=True)
class Client:
    """What the client can do. Without ``initialize`` it can do nothing.

    Of code actions it knows but the commands, unless it ``takes_code_actions``; where it ``resolves_edits``
    it asks for an action's edit when the person chose it. ``applies_edits``: a server may ask for an edit.
    """

    has_inline_completion: bool = False
    registers_inline_completion: bool = False
    completes_by_words: bool = False
    answers_configuration: bool = False
    registers_configuration: bool = False
    shows_progress: bool = False
    registers_watched_files: bool = False
    reads_status: bool = False
    is_copilot_shaped: bool = False
    registers_code_actions: bool = False
    takes_code_actions: bool = False
    resolves_edits: bool = False
    applies_edits: bool = False


def client_of(params: types.InitializeParams) -> Client:
    """Return what ``params`` say."""
    text_document = params.capabilities.text_document
    inline = text_document.inline_completion if text_document else None
    workspace = params.capabilities.workspace
    changes = workspace.did_change_configuration if workspace else None
    watching = workspace.did_change_watched_files if workspace else None
    window = params.capabilities.window
    actions = text_document.code_action if text_document else None
    options = params.initialization_options
    own, experimental = _at(options, "fusionls"), params.capabilities.experimental
    return Client(
        has_inline_completion=inline is not None,
        registers_inline_completion=bool(inline and inline.dynamic_registration),
        completes_by_words=completes_by_words(params),
        answers_configuration=bool(workspace and workspace.configuration),
        registers_configuration=bool(changes and changes.dynamic_registration),
        registers_watched_files=bool(watching and watching.dynamic_registration),
        shows_progress=bool(window and window.work_done_progress),
        reads_status=True in (_at(own, "status"), _at(_at(experimental, "fusionls"), "status")),
        # Clients of that server must name their editor and their plug-in there.
        is_copilot_shaped=bool(_at(options, "editorPluginInfo") or _at(experimental, "copilot")),
        registers_code_actions=bool(actions and actions.dynamic_registration),
        takes_code_actions=bool(actions and actions.code_action_literal_support),
        resolves_edits=resolves_edits(actions),
        applies_edits=bool(workspace and workspace.apply_edit),
    )


def resolves_edits(actions: types.CodeActionClientCapabilities | None) -> bool:
    """Tell whether the client asks for the edit of a code action by what the action carries along."""
    if actions is None or not actions.code_action_literal_support or not actions.data_support:
        return False
    return actions.resolve_support is not None and "edit" in actions.resolve_support.properties


def completes_by_words(params: types.InitializeParams) -> bool:
    """Tell whether the client is Neovim with its own completion.

    That (0.11) inserts a text edit only up to its first blank, and indents further lines itself. The
    completion plug-ins for Neovim do neither, and say that they know insert text modes.
    """
    text_document = params.capabilities.text_document
    completion = text_document.completion if text_document else None
    items = completion.completion_item if completion else None
    knows_modes = bool(items and items.insert_text_mode_support)
    return bool(params.client_info and params.client_info.name == "Neovim") and not knows_modes


def folders_of(params: types.InitializeParams) -> tuple[str, ...]:
    """Return the URIs of the workspace folders; of older clients the root."""
    if params.workspace_folders:
        return tuple(dict.fromkeys(folder.uri for folder in params.workspace_folders))
    return (params.root_uri,) if params.root_uri else ()


def _at(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
