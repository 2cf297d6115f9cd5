FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=8

RUN useradd --system --no-create-home --shell /usr/sbin/nologin slipway
WORKDIR /slipway

# Before the code: a change of the code does not install everything again.
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
    --require-hashes -r requirements.lock

COPY . ./
# The key is for this one command and stays in no layer's environment. The code belongs to root: what serves it cannot
# change it.
RUN SECRET_KEY=only-for-collectstatic python manage.py collectstatic --no-input && python -m compileall -q .

USER slipway
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['GRANIAN_PORT']}/livez\", timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--static-path-route", "/static", "--static-path-mount", "/slipway/staticfiles", \
    "config.wsgi:application"]
