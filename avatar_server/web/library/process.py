"""The reading process: `python -m avatar_server.web.library.process`, started by `ReadingProcess` alone.

Questions come on standard input and are answered in turn on standard output; standard error is a log. It ends
when its input ends, so it cannot outlive the server, however that one died.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from avatar_server.web.library.desk import Desk
from avatar_server.web.library.questions import Question, frame

log = logging.getLogger(__name__)


def main(data_dir: str, niceness: str) -> None:
    """Answer until nobody asks any more. niceness: 0..19, how far behind the work of others."""
    os.nice(int(niceness))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a library prints must not get among the answers.
    logging.basicConfig(level=logging.WARNING)
    desk = Desk(Path(data_dir))
    for line in sys.stdin.buffer:
        outcome = desk.outcome(Question.parse(line))
        try:
            answers.write(frame(outcome))
            answers.flush()
        except BrokenPipeError:
            os._exit(0)  # The server is gone.


if __name__ == "__main__":
    main(*sys.argv[1:])
