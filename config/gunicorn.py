"""How gunicorn serves the web processes. Address, processes and threads come from the environment."""

import os

bind = os.environ.get("IVR_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("IVR_WEB_PROCESSES", "2"))
worker_class = "gthread"
threads = int(os.environ.get("IVR_WEB_THREADS", "16"))  # more than long_polls in ivr.toml
keepalive = 5
control_socket_disable = True  # leaves a folder in the user's home, and nobody asks it anything
timeout = 60
graceful_timeout = 10
max_requests = 0
limit_request_line = 2048
limit_request_fields = 50
limit_request_field_size = 4096
accesslog = None  # the product logs for itself: addresses of hooks hold tokens
errorlog = "-"
loglevel = "warning"
