"""Whether chance gets all the tries it should have: `MEMATTN_THOROUGH=1 make test`; it takes longer."""

import os

THOROUGH = bool(os.environ.get("MEMATTN_THOROUGH"))
