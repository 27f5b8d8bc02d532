"""Static files for the long run: only what a page uses, with hashed names, compressed, cached for ever."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import ManifestFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_MODULE_IMPORTS = ManifestFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class HashedStatic(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which also follows the imports of our own ES modules.

    Other people's scripts are left as they are, and source maps are not asked for: they are not collected.
    """

    patterns = (
        *(
            (glob, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
            for glob, rules in ManifestFilesMixin.patterns
        ),
        ("js/*.js", _MODULE_IMPORTS),
    )


class CollectedApps(StaticFilesConfig):
    """Leaves out what no page of this site asks for: compressing it took most of a first start."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.map", "redoc", "rest_framework", "oauth2-redirect*"]
