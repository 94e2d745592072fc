"""`python -m avatar_server` is `avatar-server`."""

import sys

from avatar_server.cli import main

sys.exit(main())
