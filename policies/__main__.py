"""Starts the policy pack. The engine runs this folder by itself, so the project's comes first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policies.pack import start

start()
