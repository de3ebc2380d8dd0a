"""How fast the watching runs: a production's pace, or that of a developer who wants to see it happen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Intervals in seconds. `pending_factor` scales every alert's `for`."""

    name: str
    scrape_interval: float
    evaluation_interval: float
    group_wait: float
    group_interval: float
    page_repeat: float
    ticket_repeat: float
    watchdog_repeat: float
    pending_factor: float

    @classmethod
    def production(cls) -> "Profile":
        """Scrapes every 15 s; groups wait as Alertmanager's documentation advises; pages repeat every 4 h."""
        return cls(
            name="production",
            scrape_interval=15,
            evaluation_interval=15,
            group_wait=30,
            group_interval=300,
            page_repeat=4 * 3600,
            ticket_repeat=12 * 3600,
            watchdog_repeat=60,
            pending_factor=1,
        )

    @classmethod
    def development(cls) -> "Profile":
        """Everything each second, no waiting: a fault reaches the inbox within seconds."""
        return cls(
            name="development",
            scrape_interval=1,
            evaluation_interval=1,
            group_wait=0,
            group_interval=1,
            page_repeat=4 * 3600,
            ticket_repeat=12 * 3600,
            watchdog_repeat=30,
            pending_factor=0,
        )

    def pending(self, seconds: float) -> float:
        """How long an alert's condition must hold before it fires, at this pace."""
        return seconds * self.pending_factor
