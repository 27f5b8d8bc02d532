"""All addresses of the site. Pages and the API keep their own lists."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from questions.admin import engine
from questions.web.accounts import devices, end_device, no_phone, password_set
from questions.web.health import healthz, readyz

# One way in for everybody: the admin has no sign-in form of its own, so rate limits and second factors hold there too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/engine/", admin.site.admin_view(engine.page), name="engine"),
    path("admin/engine/decisions/", admin.site.admin_view(engine.decide), name="engine_decisions"),
    path("admin/engine/deployments/", admin.site.admin_view(engine.deploy), name="engine_deployments"),
    path("admin/", admin.site.urls),
    path("accounts/password/set/", password_set),
    path("accounts/sessions/", devices),
    path("accounts/sessions/<int:device_id>/", end_device, name="end_device"),
    path("accounts/", include("allauth.urls")),
    path("_allauth/app/v1/account/phone", no_phone),
    path("_allauth/browser/v1/account/phone", no_phone),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/v1/", include("questions.api.urls")),
    path("", include("questions.web.urls")),
]
