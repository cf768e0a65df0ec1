"""What an expression is worth: a number plus symbols, some of whose places are not known yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypgen.elf.model import Binding, SymbolType, Visibility
from hypgen.errors import Location

if TYPE_CHECKING:
    from hypgen.asm.expressions import Node
    from hypgen.asm.sections import Fragment, Section


@dataclass(eq=False, slots=True)
class Name:
    """A symbol while its unit is being assembled; compared by identity.

    Exactly one of these holds: ``fragment`` is set (a label, ``offset`` bytes into it), ``value`` is
    set (an assigned symbol), or neither (undefined so far). ``name`` is empty for places that have
    none, like `.` and a pool's entry. ``thumb`` is what ``.thumb_func`` says, ``in_thumb`` that the label
    stands in T32 code. ``stands_for`` is the place that an assigned symbol means: a Name without a value of
    its own, whose ``owner`` is the symbol.
    ``broken`` marks a symbol whose definition was in error: what
    depends on it is not reported again.
    """

    name: str = ""
    fragment: Fragment | None = None
    offset: int = 0
    value: Value | Node | None = None
    binding: Binding | None = None
    type: SymbolType = SymbolType.NOTYPE
    visibility: Visibility = Visibility.DEFAULT
    size: Value | Node | None = None
    location: Location | None = None
    settled: Value | Node | None = None
    settling: bool = False
    used: bool = False
    broken: bool = False
    thumb: bool = False
    in_thumb: bool = False
    common: tuple[int, int] | None = None
    owner: Name | None = None
    stands_for: Name | None = None

    @property
    def place(self) -> int:
        """A label's offset into its section, or before the layout into its fragment."""
        assert self.fragment is not None
        return self.offset + (self.fragment.address or 0)

    @property
    def thumb_function(self) -> bool:
        """Whether the symbol is a function of T32 code: its address has bit 0 set (AAELF32)."""
        return self.thumb or (self.in_thumb and self.type is SymbolType.FUNC)

    def meant(self, value: Value) -> Value:
        """What the use of an assigned symbol stands for.

        A place of this unit bears the symbol's name: another unit may define the symbol (it may be weak),
        and may not define the label. What has no place yet stays the symbol.
        """
        if not value.terms or len(value.terms) > 1:
            return value
        place, count = value.terms[0]
        if count != 1 or place.fragment is None:
            return Value(0, ((self, 1),))
        if self.stands_for is None:
            offset = place.offset + value.number
            self.stands_for = Name(self.name, place.fragment, offset, location=self.location, owner=self)
        return Value(0, ((self.stands_for, 1),))

    def resemble(self, value: Value) -> None:
        """Take the type of the label that the symbol is assigned to be, as far as it is known."""
        place = value.terms[0][0] if len(value.terms) == 1 else None
        if place is not None and place.fragment is not None:
            place.take_after()
            self.type = place.type or self.type
            self.thumb, self.in_thumb = self.thumb or place.thumb, place.in_thumb

    def take_after(self) -> None:
        """Give a place that stands for a symbol what is known by now of the symbol."""
        owner = self.owner
        if owner is not None:
            self.binding, self.type = owner.binding, owner.type
            self.thumb, self.in_thumb = owner.thumb, owner.in_thumb

    @property
    def defined(self) -> bool:
        """Whether this unit says what the symbol is."""
        return self.fragment is not None or self.value is not None or self.common is not None


@dataclass(frozen=True, slots=True)
class Value:
    """``number`` plus the sum of ``coefficient * name`` over ``terms``; no term has coefficient 0."""

    number: int
    terms: tuple[tuple[Name, int], ...] = field(default=())

    @property
    def constant(self) -> bool:
        """Whether no symbol is left in it."""
        return not self.terms

    def plus(self, other: Value, sign: int = 1) -> Value:
        """The sum, or with ``sign`` -1 the difference."""
        number = self.number + sign * other.number
        if not other.terms:
            return Value(number, self.terms)
        sums: dict[Name, int] = dict(self.terms)
        for name, coefficient in other.terms:
            sums[name] = sums.get(name, 0) + sign * coefficient
        return Value(number, tuple((name, count) for name, count in sums.items() if count))

    def times(self, factor: int) -> Value:
        """The product with a number."""
        if not factor:
            return Value(0)
        return Value(self.number * factor, tuple((name, count * factor) for name, count in self.terms))


def fold_places(value: Value) -> Value:
    """Cancel what cancels: differences of places in one fragment, and in one section once laid out."""
    if len(value.terms) < 2:
        return value
    number = value.number
    groups: dict[Fragment | Section, list[tuple[Name, int]]] = {}
    rest: list[tuple[Name, int]] = []
    for name, coefficient in value.terms:
        fragment = name.fragment
        if fragment is None:
            rest.append((name, coefficient))
        else:
            group = fragment if fragment.address is None else fragment.section
            groups.setdefault(group, []).append((name, coefficient))
    for places in groups.values():
        if sum(coefficient for _, coefficient in places):
            rest.extend(places)
        else:
            number += sum(coefficient * name.place for name, coefficient in places)
    return Value(number, tuple(rest))
