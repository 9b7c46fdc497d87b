"""What gunicorn serves: `gunicorn -c config/gunicorn.py wsgi:app`."""

from ivr.app import create_app_from_environment

app = create_app_from_environment()
