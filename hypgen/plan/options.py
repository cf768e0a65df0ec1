"""What a user can choose about a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from hypgen.board.model import Board

AddressTranslation = Literal["virt_to_idmap", "virt_to_phys"]
"""How the host part converts a code address that Hyp mode uses with its MMU off."""

ADDRESS_TRANSLATIONS: tuple[str, ...] = get_args(AddressTranslation)


@dataclass(frozen=True)
class PlanOptions:
    """Choices that are not facts about the board.

    ``address_translation="virt_to_phys"`` plays the mistake of 2012: the host part casts the
    physical address of hyp-init and of the teardown entry to 32 bits, where it should have used the
    identity-map address. It changes nothing else; HTTBR gets the full physical address either way.
    """

    address_translation: AddressTranslation = "virt_to_idmap"
    scenario: str = "lifecycle"
    """Name of the scenario that the image plays."""
    room: int = 0
    """Bytes that .hyp.text, .hyp.rodata and .hyp.data have for more than the templates put there."""
    init_style: str | None = None
    """Name or directory of the init style; None for the scenario's, the board's, or what the plan chooses."""
    isa: Literal["arm", "thumb"] | None = None
    endian: Literal["little", "big"] | None = None
    caches: Literal["on", "inherit", "off"] | None = None
    wxn: bool | None = None
    """The image's form, as ``image`` of the board file has it; None for the scenario's or the board's."""

    def on(self, board: Board) -> Board:
        """``board`` with the form of the image that is chosen here."""
        form = {"isa": self.isa, "endian": self.endian, "caches": self.caches, "wxn": self.wxn}
        chosen = {key: value for key, value in form.items() if value is not None}
        return board.model_copy(update={"image": board.image.model_copy(update=chosen)}) if chosen else board
