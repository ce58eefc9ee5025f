"""Markdown tables, and numbers as people read them."""

from statistics import median


def markdown(title, head, rows, notes=()):
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    if notes:
        lines += [""] + [f"* {note}" for note in notes]
    return "\n".join(lines) + "\n"


def count(number):
    return f"{number:,.0f}"


def spread(values, digits=2):
    """The median, and from where to where."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def size(octets):
    if octets >= 1 << 20:
        return f"{octets / (1 << 20):,.0f} MiB"
    return f"{octets / (1 << 10):,.1f} KiB"
