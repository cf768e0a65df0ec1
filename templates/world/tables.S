@ world/tables.S for {{ board.name }}: the guests' stage 2 translation tables, as the plan computed them.
@
@ VTCR: {{ stage2.ipa_bits }}-bit IPAs, looked up from level {{ stage2.level }}{% if stage2.root_pages > 1 %}; the root is {{ stage2.root_pages }} tables side by side, indexed as one{% endif %}.
@ Next-level addresses are true physical addresses. Entries not listed are zero: a fault that the
@ hypervisor sees. world_give changes the level 3 table of a guest's memory while the image runs.

{% from "table.inc" import descriptors with context %}
        .syntax unified
        .{{ isa }}

        .section .world.tables, "aw", %progbits
        .balign 4096
{{ object("world_tables") }}
        .space  {{ stage2.padding }}
{% for guest in guests %}
{% for table in guest.tables %}
@ ------------------------------------------------------------------------------------------------
@ Virtual CPU {{ guest.number }}: level {{ table.level }} table at PA {{ table.physical }}, resolves IPA {{ table.resolves }}
@ ------------------------------------------------------------------------------------------------
{{ descriptors(table) }}
{% endfor %}
        .space  {{ guest.gap }}
{% endfor %}
{{ end_object("world_tables") }}
