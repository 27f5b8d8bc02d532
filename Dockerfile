# One image for web, worker, scheduler and the migration step; docker-compose.yml tells them apart by command.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt
COPY . .
# Development mode, as this step needs no secret: nothing of its settings stays in the image.
RUN MODE=development VAR_DIR=/tmp/var STATIC_ROOT=/app/collected /venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 prep && useradd --uid 10001 --gid prep --no-create-home --shell /usr/sbin/nologin prep
COPY --from=build /venv /venv
# The code belongs to root: the site cannot change itself. Only var/ is its own.
COPY --from=build /app /app
WORKDIR /app
RUN install --directory --owner prep --group prep /app/var
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODE=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    STATIC_ROOT=/app/collected
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["gunicorn", "--config", "deploy/gunicorn.py"]
