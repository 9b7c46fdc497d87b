"""The floor: what the same server, Flask and redis-py cost when nothing is done.

A bare view parses the same body, makes 0 to 4 round trips (EVALSHA of a script that reads a value of
a record's size) and returns the same bytes with the same status. Served by gunicorn as the product is.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import phonenumbers
import redis
from flask import Flask, Response, request

SIZE = 400
KEY = "floor"
READ = "return redis.call('GET', KEYS[1])"


app = Flask("floor")
store = redis.Redis.from_url(os.environ["FLOOR_REDIS_URL"])
answers: dict[str, Any] = json.loads(os.environ["FLOOR_ANSWERS"])
bodies = {kind: base64.b64decode(answer["body"]) for kind, answer in answers.items()}
store.set(KEY, b"x" * SIZE)
LOADED = phonenumbers  # as the product has it: a part of a process's size
sha = store.script_load(READ)


@app.get("/floor/ready")
def ready() -> str:
    """Say that it serves."""
    return "ready"


@app.route("/floor/<kind>/<int:trips>", methods=["GET", "POST"])
def floor(kind: str, trips: int) -> Response:
    """Parse, ask Redis so many times, answer."""
    if request.mimetype == "application/json":
        request.get_json()
    elif request.method == "POST":
        request.form.to_dict()
    for _ in range(trips):
        store.evalsha(sha, 1, KEY)
    answer = answers[kind]
    return Response(bodies[kind], status=answer["status"], content_type=answer["content_type"])
