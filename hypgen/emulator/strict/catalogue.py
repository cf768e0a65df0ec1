"""Every strict rule, the modules that define them, and the families that find them."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.emulator.strict import (
    align,
    buffering,
    cache,
    ctx,
    ctx_access,
    events,
    ifetch,
    loads,
    locks,
    mappings,
    monitors,
    res,
    sequences,
    smp,
    state,
    tlb,
    tlb_entries,
    unk,
    walk,
)
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.findings import Rule

FAMILIES: tuple[type[Family], ...] = (
    ctx.ContextRules,
    ctx_access.AccessRules,
    tlb.TlbRules,
    tlb_entries.EntryRules,
    walk.WalkRules,
    cache.CacheRules,
    mappings.MappingRules,
    ifetch.FetchRules,
    align.AlignRules,
    res.ReservedRules,
    events.EventRules,
    smp.SharedRules,
    loads.LoadRules,
    sequences.SequenceRules,
    monitors.MonitorRules,
    locks.LockRules,
    state.StateRules,
)
"""All families, in the order in which they are told of an event."""
MODULES = (
    ctx,
    ctx_access,
    tlb,
    tlb_entries,
    unk,
    walk,
    cache,
    mappings,
    ifetch,
    align,
    res,
    smp,
    buffering,
    events,
    monitors,
    locks,
    state,
)
"""The modules that define rules."""
RULES: Mapping[str, Rule] = {rule.id: rule for module in MODULES for rule in module.RULES}
"""Every strict rule by its id."""
