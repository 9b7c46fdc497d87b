"""privacyIDEA at its leanest: no audit, no signed answers, SQLite, HOTP tokens by challenge and response.

PEER_FOLDER holds its configuration; a token PEER0000, PEER0001 … for each request of a round.
"""

from __future__ import annotations

import os
from pathlib import Path

from privacyidea.app import create_app
from privacyidea.lib.policy import set_policy
from privacyidea.lib.token import init_token
from privacyidea.models import db

FOLDER = Path(os.environ["PEER_FOLDER"])
TOKENS = 25
KEY, PIN = "3132333435363738393031323334353637383930", "1234"

(FOLDER / "enckey").write_bytes(os.urandom(96))
(FOLDER / "pi.cfg").write_text(
    f"""
SECRET_KEY = "{"s" * 48}"
PI_PEPPER = "{"p" * 24}"
SUPERUSER_REALM = ["admins"]
SQLALCHEMY_DATABASE_URI = "sqlite:///{FOLDER}/pi.sqlite"
PI_ENCFILE = "{FOLDER}/enckey"
PI_AUDIT_MODULE = "privacyidea.lib.auditmodules.base"
PI_AUDIT_NO_SIGN = True
PI_NO_RESPONSE_SIGN = True
PI_LOGLEVEL = 40
PI_HASH_ALGO_PARAMS = {{"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}}
PI_LOGFILE = "{FOLDER}/pi.log"
""",
    encoding="utf-8",
)
app = create_app(config_name="production", config_file=str(FOLDER / "pi.cfg"), silent=True)
with app.app_context():
    db.create_all()
    set_policy("challenge", scope="authentication", action="challenge_response=hotp")
    for number in range(TOKENS):
        init_token({"serial": f"PEER{number:04d}", "type": "hotp", "otpkey": KEY, "pin": PIN})


@app.get("/ready")
def ready() -> str:
    """Say that it serves."""
    return "ready"
