"""How gunicorn serves the site: threads in a few processes. Read by ``manage.py up`` and by the container alike."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mlopsprep.environment import Environment

env = Environment()
_port = env.number("PORT", default=8000, least=1, most=65535)

wsgi_app = "mlopsprep.wsgi:application"
bind = f"{env.text('HOST', '127.0.0.1')}:{_port}"
worker_class = "gthread"
workers = env.number("WEB_CONCURRENCY", default=2, least=1, most=64)
threads = env.number("WEB_THREADS", default=4, least=1, most=64)
# One import for all processes: they start faster and share memory. While somebody works on the code, DEBUG=1 reloads.
reload = env.flag("DEBUG", default=False)
preload_app = not reload
timeout = 30
graceful_timeout = 20
keepalive = 5
# Heartbeat files belong in memory where there is such a folder: a busy disk must not look like a dead process.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True
# The site writes its own request log.
accesslog = None
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = env.text("FORWARDED_ALLOW_IPS", "127.0.0.1")
