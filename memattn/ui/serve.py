"""Serve the app with torch on its way before the first reader comes: `python -m memattn.ui.serve app.py`.

The same as `streamlit run`, with the same options; that works too, and then the first page starts them.
"""

import sys
from threading import Timer

from streamlit.web import cli

from memattn.ui import warmup

HEAD_START_SECONDS = 1.0  # the server itself comes up first; a reader who is there sooner starts the imports

if __name__ == "__main__":
    timer = Timer(HEAD_START_SECONDS, warmup.device)
    timer.daemon = True
    timer.start()
    cli.main(["run", *sys.argv[1:]], prog_name="memattn.ui.serve")
