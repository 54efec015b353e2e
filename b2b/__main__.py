"""`python -m b2b`: what an operator asks Guestkeeper from a terminal."""

import sys

from b2b.commands import main

sys.exit(main())
