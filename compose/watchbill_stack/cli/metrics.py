"""`watchbill metrics`: the reference of the catalogue, of a stack, or of a file about metrics."""

from pathlib import Path
from typing import Literal

import click

from watchbill.documents import decoding, encoding, reference, registry, registry_reading
from watchbill.documents.document import Document
from watchbill_stack.loading import load

Format = Literal["markdown", "json", "weaver"]
_FORMATS: tuple[Format, ...] = ("markdown", "json", "weaver")


@click.command()
@click.argument("source", metavar="[STACK]", required=False, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--format", "kind", type=click.Choice(_FORMATS), default="markdown", show_default=True, help="What to write."
)
@click.option("-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), help="File to write into.")
@click.option(
    "--check", "known", type=click.Path(path_type=Path, dir_okay=False), help="Write nothing; exit 1 when FILE differs."
)
def metrics(source: Path | None, kind: Format, file: Path | None, known: Path | None) -> None:
    """Print what is known of every metric of the catalogue, or of STACK under the names of its services.

    In place of a stack file stands a document that --format json wrote, or the file or folder of a semantic
    convention registry (YAML).
    """
    text = _written(_document(source), kind)
    if known is not None:
        _check(known, text)
    elif file is not None:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise click.BadParameter(f"{file}: {error.strerror}", param_hint="--output") from error
    else:
        click.echo(text, nl=False)


def _document(source: Path | None) -> Document:
    if source is None:
        return Document.of_catalogue()
    if source.is_dir() or source.suffix in {".yaml", ".yml"}:
        found = registry_reading.read(source)
        for remark in found.remarks:
            click.echo(f"{remark.place}: {remark.cause}; {remark.remedy}", err=True)
        return Document.of_metrics(found.metrics, title=source.stem)
    if source.suffix == ".json":
        try:
            return decoding.decoded(source.read_text(encoding="utf-8"), str(source))
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{source} cannot be read: {error}", param_hint="STACK") from error
    return Document.of_stack(load(source))


def _written(document: Document, kind: Format) -> str:
    match kind:
        case "json":
            return encoding.encoded(document)
        case "weaver":
            own = [metric for service in document.services for metric in service.metrics]
            every = list({metric.name: metric for metric in (*document.metrics, *own)}.values())
            left_out = sum(not registry.holds(metric) for metric in every)
            if left_out:
                click.echo(f"watchbill: {left_out} metrics that rules record have no place in a registry", err=True)
            return registry.rendered(every)
        case _:
            return reference.rendered(document)


def _check(known: Path, text: str) -> None:
    try:
        is_current = known.read_text(encoding="utf-8") == text
    except FileNotFoundError:
        is_current = False
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{known} cannot be read: {error}", param_hint="--check") from error
    click.echo(f"watchbill: {known} {'is current' if is_current else 'differs'}", err=True)
    if not is_current:
        raise click.exceptions.Exit(1)
