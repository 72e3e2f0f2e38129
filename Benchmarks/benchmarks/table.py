"""Tables in Markdown that are readable in a terminal too."""


def table(head, rows):
    """`rows` of text; the first column is left-aligned, the others right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells):
        texts = [cell.ljust(width) if i == 0 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(texts) + " |"

    rule = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def failed(name, width, error):
    """A row for a profiler that could not be measured."""
    reason = str(error).replace("|", "/")
    return [f"{name}: {reason}"] + ["–"] * (width - 1)


def number(value, digits=1):
    return f"{value:.{digits}f}"
