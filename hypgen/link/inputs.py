"""What is linked: objects, and of libraries the members that something needs."""

from __future__ import annotations

from collections.abc import Container, Sequence

from hypgen.elf.archive import Archive, Member, is_archive, read_archive
from hypgen.elf.lief import read_object
from hypgen.elf.model import COMMON, Binding, ObjectFile, SymbolType
from hypgen.errors import HypgenError


def read_inputs(
    files: Sequence[tuple[str, bytes]],
    wanted: Sequence[str] = (),
    *,
    whole: Container[str] = (),
    users: Sequence[ObjectFile] = (),
) -> list[ObjectFile]:
    """The objects to link, in order, from files of objects and archives given as (name, content).

    Of an archive those members are taken that define a symbol which was undefined until then, or is in
    ``wanted`` (the entry); a weak reference takes none. Members stand at the place of their archive, in
    the order in which GNU ld takes them. Unlike there, archives are gone through again until nothing
    more is needed, so their order is free. Of the archives in ``whole``, by name, every member is taken.
    ``users`` are objects, linked with these, that may need something of them. Raises InputError.
    """
    given: list[ObjectFile | _Library] = []
    for name, data in files:
        if not is_archive(data):
            given.append(read_object(data, name))
        elif name in whole:
            given += _Library(read_archive(data, name)).take_all()
        else:
            given.append(_Library(read_archive(data, name)))
    names = _Names(wanted)
    for user in users:
        names.add(user)
    for one in given:
        if isinstance(one, ObjectFile):
            names.add(one)
    libraries = [one for one in given if isinstance(one, _Library)]
    while any([one.take(names) for one in libraries]):  # noqa: C419 - every library gets its turn
        pass
    return [unit for one in given for unit in (one.taken if isinstance(one, _Library) else [one])]


class _Names:
    """Which names are defined, and which are still needed."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self.needed = set(wanted)
        self._defined: set[str] = set()

    def add(self, unit: ObjectFile) -> None:
        for one in unit.symbols:
            if one.binding is Binding.LOCAL or one.type in (SymbolType.SECTION, SymbolType.FILE):
                continue
            if one.section is not None:
                self._defined.add(one.name)
            elif one.binding is not Binding.WEAK:
                self.needed.add(one.name)
        self.needed -= self._defined


class _Library:
    """An archive and what of it has been taken."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.taken: list[ObjectFile] = []
        self._members = {one.offset: one for one in archive.members}
        self._index = archive.index or self._made_index()

    def take_all(self) -> list[ObjectFile]:
        """Every member, in order."""
        return [self._object(one) for one in self.archive.members]

    def take(self, names: _Names) -> bool:
        """Take what is needed; whether that was anything."""
        before = len(self.taken)
        again = True
        while again:
            again = False
            for symbol, offset in self._index:
                if symbol in names.needed and offset in self._members:
                    unit = self._object(self._members.pop(offset))
                    self.taken.append(unit)
                    names.add(unit)
                    again = True
        return len(self.taken) > before

    def _object(self, member: Member) -> ObjectFile:
        return read_object(member.data, f"{self.archive.name}({member.name})")

    def _made_index(self) -> tuple[tuple[str, int], ...]:
        """What the symbol table of an archive without one would be."""
        found = []
        for member in self.archive.members:
            try:
                unit = self._object(member)
            except HypgenError:
                continue  # a member that is no object is no reason to refuse the others
            found += [
                (one.name, member.offset)
                for one in unit.symbols
                if one.binding is not Binding.LOCAL and one.section not in (None, COMMON)
            ]
        return tuple(found)
