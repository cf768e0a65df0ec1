"""What a strict rule says, and what it is: findings and rules."""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.errors import Location, Severity


@dataclass(frozen=True)
class Rule:
    """A strict rule. ``text`` explains it to whoever asks ``hypgen explain``: what the manual says,
    why it matters, what to do; ``manual`` is where the manual says it. ``trips`` is the shortest code
    that breaks the rule, ``passes`` a near miss that does not. ``pedantic`` is a rule that counts only
    where a profile asks for it."""

    id: str
    title: str
    severity: Severity
    manual: str
    text: str
    trips: str = ""
    passes: str = ""
    pedantic: bool = False


@dataclass(frozen=True)
class Event:
    """Something earlier that a finding rests on: what happened, and the instruction's address.

    The rules fill in ``pa``, the instruction's physical address then, the machine ``symbol`` and
    ``location``.
    """

    pc: int
    what: str
    symbol: str = ""
    location: Location | None = None
    pa: int | None = None


@dataclass(frozen=True)
class Finding:
    """One place where the image relies on luck.

    ``pc`` is the instruction that uses what is not there yet; ``earlier`` what was written where;
    ``state`` the values that differ, decoded by field; ``fix`` what to insert where;
    ``assumptions`` the dotted paths of board values, not established by any public source, on
    which the finding rests. ``pa`` is the instruction's physical address, where it has one. The rules fill
    that in, the machine ``symbol`` and ``location``.
    """

    rule: str
    severity: Severity
    sentence: str
    pc: int
    cpu: int = 0
    earlier: tuple[Event, ...] = ()
    state: tuple[str, ...] = ()
    fix: str = ""
    assumptions: tuple[str, ...] = ()
    symbol: str = ""
    location: Location | None = None
    pa: int | None = None

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        at = _place(self.symbol, self.pc)
        lines = [f"{where}{self.severity.value}[{self.rule}]: at {at}: {self.sentence}"]
        for event in self.earlier:
            place = f"{event.location}: " if event.location else ""
            lines.append(f"  {place}earlier: {event.what} at {_place(event.symbol, event.pc)}")
        lines += [f"  state: {one}" for one in self.state]
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        lines += [f"  rests on the board's assumption {path}" for path in self.assumptions]
        return "\n".join(lines)


def _place(symbol: str, pc: int) -> str:
    """An address, behind its symbol if it has one."""
    address = f"{pc:#010x}"
    return f"{symbol} ({address})" if symbol not in ("", address) else address
