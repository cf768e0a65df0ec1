"""What a user can choose about a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

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
