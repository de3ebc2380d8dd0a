"""What the exporter is told: where it listens, and which targets it may probe."""

from watchbill_exporters.configuration.document import load_configuration
from watchbill_exporters.configuration.invalid import InvalidConfiguration
from watchbill_exporters.configuration.rendering import render_configuration
from watchbill_exporters.configuration.settings import Configuration, Module, Settings
from watchbill_exporters.configuration.web import TlsSettings, WebSettings

__all__ = [
    "Configuration",
    "InvalidConfiguration",
    "Module",
    "Settings",
    "TlsSettings",
    "WebSettings",
    "load_configuration",
    "render_configuration",
]
