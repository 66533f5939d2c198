"""Letters of benefits: words per language, composed here, printed by one Typst template."""
