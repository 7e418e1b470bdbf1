"""Runs inside of a sandbox and prints as one JSON line what a program finds of its user, its home and its time."""

import getpass
import json
import os
import pwd
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

cache = Path.home() / ".cache" / "hairem"
cache.mkdir(parents=True)
(cache / "x").write_text("é")
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
user = pwd.getpwuid(os.getuid())
noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
umask = os.umask(0)
hours = {time.localtime(noon.timestamp()).tm_hour, noon.astimezone(ZoneInfo(os.environ["TZ"])).hour}
report = {
    "user": f"{getpass.getuser()} {user.pw_uid}",
    "home": f"{user.pw_dir} {Path.home()}",
    "temporary": tempfile.gettempdir(),
    "zone": f"{os.environ['TZ']} {' '.join(map(str, hours))}",
    "umask": f"{umask:o}",
    "language": os.environ.get("LANG"),
    "cpus": (os.cpu_count() or 0) > 0 and sys.getfilesystemencoding() == "utf-8",
}
sys.stdout.write(json.dumps(report) + "\n")
