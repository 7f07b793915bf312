"""What the server of children imports, once for all of them: whatever the steps have asked for.

The server imports this module before all else; anywhere else, importing it does nothing.
"""

import gc
import os
import pickle
import sys
import traceback

VARIABLE = "FEEDLAKE_SERVER_IMPORTS"
"""Environment variable that is set while the server starts, and in no other process: the functions
to call, pickled, in hexadecimal digits."""

if VARIABLE in os.environ:
    # Imports make next to no garbage, and searching all modules for some again and again takes a
    # tenth of the time of importing them. A child switches the collector on (`sandbox`).
    gc.disable()
    try:
        for function in pickle.loads(bytes.fromhex(os.environ.pop(VARIABLE))):
            function()
    except ImportError:
        # multiprocessing passes over a module that can't be imported, and each child would import
        # everything anew, for the rest of the run.
        traceback.print_exc()
        sys.exit(1)
