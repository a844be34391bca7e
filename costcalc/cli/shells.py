"""Completion in bash, whose words end at colons and equals signs; click has that of zsh and fish.

The script passes the whole line, and bash takes what stands behind the last break.
"""

from __future__ import annotations

import os

from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string


@add_completion_class
class Bash(BashComplete):
    """Bash, whose words end at colons and equals signs."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' type value
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value"); [[ $value == *[:=/] ]] && compopt -o nospace ;;
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
        esac
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2> /dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one at it, as the shell passes them to a command."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        last = words.pop() if words and not line[-1:].isspace() else ""
        return words[1:], last

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """The completions, without what stands before the last break in the word."""
        breaks = [sign for sign in ":=" if sign in os.environ.get("COMP_WORDBREAKS", ":=")]
        start = max((incomplete.rfind(sign) for sign in breaks), default=-1) + 1
        option, equals, _ = incomplete.partition("=")
        option = f"{option}=" if equals and option.startswith("--") else ""  # click completes the value alone
        found = super().get_completions(args, incomplete)
        return [CompletionItem(f"{option}{item.value}"[start:], item.type, item.help) for item in found]

    @staticmethod
    def _check_version() -> None:
        """Any bash since 2009 will do: see click's own."""
