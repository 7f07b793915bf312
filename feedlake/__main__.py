"""`python -m feedlake` is the feedlake command."""

import sys

from feedlake.pipeline.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
