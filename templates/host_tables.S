@ host_tables.S for {{ board.name }}: the host part's own translation tables (PL1), as the plan computed them.
@
@ TTBCR.EAE = 1, T0SZ = T1SZ = 0: TTBR0 resolves 4 GiB from a level 1 table of four entries. They are loaded as a
@ kernel's first tables are: all addresses in them are load addresses.
{% if host_mmu.moves %}
@ host_move adds the distance to the memory's own window to each.
{% endif %}
@ Entries not listed are zero: they give a translation fault.

{% from "table.inc" import descriptors with context %}
        .syntax unified
        .{{ isa }}

        .section .host.tables, "aw", %progbits
        .balign 4096
{{ object("host_tables") }}
{% for table in host_mmu.tables %}
@ ------------------------------------------------------------------------------------------------
@ Level {{ table.level }} table at {{ table.physical }}, resolves {{ table.resolves }}
@ ------------------------------------------------------------------------------------------------
{{ descriptors(table) }}
{% endfor %}
{{ end_object("host_tables") }}
