"""What viewers may say, and what they are told: frozen values on the inside, strict JSON on the wire.

In: JSON text from a viewer, whom nobody trusts. Out: a `Command`, or a `MessageError` that names the
field; and JSON text for viewers from `Status` and its like. The browser's types are generated from the
same classes: `python -m avatar_server.control.browser_types`.

To add a command: a frozen dataclass in `commands.py` with its wire name, listed in `COMMANDS`; then
generate the browser's types anew. Rejected: pydantic (it would sit in the stage process too, and its
lenient conversions are the opposite of what is wanted here), and JSON with unknown fields ignored (a
misspelt field is a bug that should be seen).
"""
