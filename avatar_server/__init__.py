"""Two people who once talked to each other come back as avatars, live in the browser, with their voices.

An interaction goes in at the left, pictures and sound come out at the right, and every folder in
between is one step of that way::

    dataset -> motion, audio -> body -> scene -> render -> encode -> sinks
                 timing says when, control says what, the stage drives
"""

__version__ = "0.1.0"
