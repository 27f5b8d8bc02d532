"""Exit 0 if the web server of this container answers. Asks as a visitor would, by a host name that the site accepts."""

import os
import sys
import urllib.request

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}{path}", headers={"Host": host})
with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310 - the address is this container's own
    sys.exit(response.status != 200)
