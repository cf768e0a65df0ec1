"""The ARM core registers by number, as UAL names them (DDI 0406C A2.3)."""

NAMES = (*(f"r{number}" for number in range(13)), "sp", "lr", "pc")
