"""The assembler: GNU syntax in, a relocatable object out; Keystone encodes, we own the rest. Floor 3."""
