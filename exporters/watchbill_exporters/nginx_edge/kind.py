"""nginx as a kind of target."""

from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.kind import Kind
from watchbill_exporters.nginx_edge.settings import DEFAULT_STATUS_PATH, READABLE, NginxSettings
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.session import Driver
from watchbill_exporters.web_address import is_target


def _settings(section: Section, common: Settings) -> NginxSettings:
    log_file, status_path = section.path("log_file"), section.text("status_path")
    if status_path is not None and not is_target(status_path):
        section.fault("status_path", f"{section.title} has no path as its status_path", "give a path such as /status")
    if common.name and not (common.address or log_file or section.has("address")):
        section.missing("log_file", "give log_file, or the address of the status page, or both")
    if section.has("from_beginning") and not section.has("log_file"):
        section.fault("from_beginning", f"{section.title} has from_beginning but no log", "add log_file, or remove it")
    return NginxSettings.of(
        common,
        log_file=log_file,
        from_beginning=section.flag("from_beginning"),
        status_path=status_path or DEFAULT_STATUS_PATH,
    )


def _driver(settings: NginxSettings, resolver: Resolver) -> Driver:
    from watchbill_exporters.nginx_edge.driver import NginxDriver  # for such targets alone

    return NginxDriver(settings, resolver)


def _remedy(settings: NginxSettings, right: str) -> str:
    del right
    return f"log_file {settings.log_file}: {READABLE}"


KIND = Kind(
    name=NginxSettings.kind,
    keys=("log_file", "from_beginning", "status_path"),
    settings=_settings,
    driver=_driver,
    remedy=_remedy,
    address="optional",
)
