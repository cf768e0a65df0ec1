@ tables.S for {{ board.name }}: the Hyp stage 1 translation tables, as the plan computed them.
@
@ HTCR.T0SZ = 0: the level 1 table has four entries of 1 GiB; level 2 entries resolve 2 MiB, level 3
@ entries 4 KiB. Next-level addresses are true physical addresses: the walker uses those, not the alias.
@ HTTBR = {{ tables[0].physical }}. Entries not listed are zero: they give a translation fault.

{% from "table.inc" import descriptors with context %}
{# One table after another, each a page with a label of its own. #}
{% macro each(label, tables) %}
{% for table in tables %}
@ ------------------------------------------------------------------------------------------------
@ Level {{ table.level }} table at PA {{ table.physical }}, resolves {{ table.resolves }}
@ ------------------------------------------------------------------------------------------------
{{ label }}_{{ loop.index0 }}:
{{ descriptors(table) }}
{% endfor %}
{%- endmacro %}
        .syntax unified
        .{{ isa }}

        .section .hyp.tables, "a{{ "w" if runtime_maps }}", %progbits
        .balign 4096
{{ object("hyp_tables") }}
{{ each("hyp_table", tables) }}
{{ end_object("hyp_tables") }}
{% if boot_tables %}

        .section .hyp.boot_tables, "a", %progbits
        .balign 4096
{{ object("hyp_boot_tables") }}
{{ each("hyp_boot_table", boot_tables) }}
{{ end_object("hyp_boot_tables") }}
{% endif %}
