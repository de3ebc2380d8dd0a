"""What a check of a stack found, and what it read to find it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from watchbill.flow.flow import Inference
from watchbill.flow.rule import Severity
from watchbill.flow.vocabulary import Vocabulary
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.site import Site

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """`findings` are those that no suppression covers, the worst first. `vocabularies` are by service.

    Of a check of files, `left_out` counts the queries that are for no Prometheus.
    """

    findings: tuple[Finding, ...]
    sites: tuple[Site, ...]
    inferences: Mapping[Site, Inference]
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict[str, Vocabulary])
    services: int = 0
    expressions: int = 0
    files: int = 0
    left_out: int = 0
    suppressed: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings are as bad as this."""
        return sum(finding.rule.severity == severity for finding in self.findings)

    def of(self, severity: Severity) -> "Report":
        """The same with findings of one severity alone."""
        return replace(self, findings=tuple(one for one in self.findings if one.rule.severity == severity))

    @property
    def found(self) -> str:
        """The numbers of findings, in words."""
        counts = [counted(self.count(severity), severity) for severity in SEVERITIES if self.count(severity)]
        return ", ".join(counts) or "no findings"

    def is_well(self, *, strict: bool = False) -> bool:
        """Whether nothing keeps the stack from being built; with `strict`, warnings do too."""
        return not self.count("error") and not (strict and self.count("warning"))


@dataclass(frozen=True, slots=True)
class Block:
    """Findings of one mistake: one rule, one message."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that stands for all."""
        return self.findings[0]


def blocks(findings: tuple[Finding, ...]) -> Iterator[Block]:
    """Findings that share their rule, message and remedy, in the order in which they first appear."""
    together: dict[tuple[str, str, str], list[Finding]] = {}
    for one in findings:
        together.setdefault((one.rule.id, one.message, one.nearest), []).append(one)
    yield from (Block(tuple(members)) for members in together.values())


def counted(number: int, noun: str) -> str:
    """A number and its noun, in the plural where it has one."""
    return f"{number:,} {noun}" + ("" if number == 1 or noun == "info" else "s")
