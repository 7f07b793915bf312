"""Imported by the server of children before all else, so that imports find no garbage collector.

They make next to no garbage, and to search all modules for some again and again takes a tenth of
the time of importing them. A child switches the collector on (`sandbox`).
"""

import gc

gc.disable()
