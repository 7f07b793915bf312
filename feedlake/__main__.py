"""`python -m feedlake` is the feedlake command."""

import os
import sys

import feedlake

# Python has put the working folder first: a `six.py` among somebody's downloads would be run. A
# checkout that is no more than the working folder stays, since feedlake itself is there.
if not sys.flags.safe_path and os.path.dirname(feedlake.__path__[0]) != sys.path[0]:
    del sys.path[0]

from feedlake.pipeline.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
