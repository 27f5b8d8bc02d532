"""The container set-up, read as text: no container engine runs in these tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlopsprep.environment import refuse_unsafe_production

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ["migrate", "web", "worker", "beat"]


def variables(text: str) -> set[str]:
    """Names that compose takes from the operator's environment."""
    return set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))


def with_values(text: str, **values: str) -> str:
    """A value as compose would hand it on."""
    return re.sub(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}", lambda found: values.get(found[1], found[2] or ""), text)


def test_the_services_are_these():
    assert sorted(SERVICES) == sorted([*OURS, "postgres", "redis"])


def test_all_four_parts_of_the_site_run_one_image_as_nobody_with_nothing_to_write_to():
    for name in OURS:
        service = SERVICES[name]
        assert (service["build"], service["image"]) == (".", "mlopsprep:${VERSION:-local}")
        assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE) == ['["gunicorn", "--config", "deploy/gunicorn.py"]']


@pytest.mark.parametrize("name", ["web", "worker"])
def test_web_and_worker_can_be_several(name):
    service = SERVICES[name]
    assert "container_name" not in service
    assert "hostname" not in service
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+-\d+:8000", port) for port in service.get("ports", []))


def test_there_is_one_scheduler_and_no_worker_that_schedules_as_well():
    schedulers = [name for name, service in SERVICES.items() if "beat" in service.get("command", [])]
    assert schedulers == ["beat"]
    assert SERVICES["beat"]["deploy"] == {"replicas": 1}
    assert not {"-B", "--beat"} & set(SERVICES["worker"]["command"])


def test_tables_are_migrated_and_the_bank_is_loaded_before_anybody_uses_them():
    assert SERVICES["migrate"]["command"][-1] == "python manage.py migrate --noinput && python manage.py load_bank"
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_web_does_not_wait_for_redis_to_be_well():
    assert SERVICES["web"]["depends_on"]["redis"] == {"condition": "service_started"}


def test_redis_asks_for_a_password_keeps_its_queue_and_evicts_nothing():
    script = SERVICES["redis"]["command"][-1]
    assert "requirepass" in script
    assert "--appendonly yes --maxmemory-policy noeviction" in script
    assert "ports" not in SERVICES["redis"]
    assert "ports" not in SERVICES["postgres"]


def test_every_long_running_service_has_a_health_check():
    checked = {name for name, service in SERVICES.items() if "test" in service.get("healthcheck", {})}
    assert checked == set(SERVICES) - {"migrate"}


def test_images_are_pinned_to_a_release():
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


def test_no_secret_stands_in_the_file_and_a_missing_one_stops_the_start():
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        used = re.findall(rf"\$\{{{secret}([^}}]*)\}}", COMPOSE)
        assert set(used) == {f":?set {secret} in .env"}
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|SECRET|URL", variable):
                assert value.count("${") == 1, (name, variable)
    assert not re.search(r"^(ARG|ENV)\b.*(KEY|PASSWORD|SECRET)", DOCKERFILE, re.MULTILINE)


def test_production_accepts_what_compose_hands_over():
    given = {
        name: with_values(
            str(value),
            SECRET_KEY="k2Jd93hfKLs8w7qPzXc5vBn1mQe4rTy6uIo0aSdFgHjKlZxCvB",
            ALLOWED_HOSTS="prep.example.org",
            POSTGRES_PASSWORD="one",
            REDIS_PASSWORD="two",
            EMAIL_URL="smtp://mail.example.org",
        )
        for name, value in SERVICES["web"]["environment"].items()
    }
    assert (given["MODE"], given["REDIS_URL"]) == ("production", "redis://:two@redis:6379/0")
    refuse_unsafe_production(
        secret_key=given["SECRET_KEY"],
        debug=False,
        hosts=given["ALLOWED_HOSTS"].split(","),
        redis_url=given["REDIS_URL"],
        mail_url=given["EMAIL_URL"],
        verification=given["EMAIL_VERIFICATION"],
    )


def test_the_image_holds_what_the_site_needs_and_nothing_of_the_machine_that_built_it():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name for name in kept if not (ROOT / name).exists()} == set()
    assert {"bank", "deploy", "mlopsprep", "questions", "static", "templates"} < kept
    assert {".env", ".git", "var", ".venv"} & kept == set()
    assert "--require-hashes" in DOCKERFILE


def test_the_example_lists_every_setting_that_the_code_and_compose_read():
    read = {"MODE"} | variables(COMPOSE)
    for path in [
        *(ROOT / "mlopsprep").glob("*.py"),
        *(ROOT / "deploy").glob("*.py"),
        *(ROOT / "questions").rglob("*.py"),
    ]:
        read |= set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", path.read_text()))
    listed = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == read
