"""Numbers as people read them."""

_SCALES = ("", " k", " M", " G", " T")
_THOUSAND, _HUNDRED = 1_000, 100


def short(number: float) -> str:
    """Three digits and a scale: 1.48 M, 857, 0.27."""
    scales = iter(_SCALES)
    scale = next(scales)
    while float(f"{number:.3g}") >= _THOUSAND and scale != _SCALES[-1]:
        number, scale = number / _THOUSAND, next(scales)
    return f"{float(f'{number:.3g}'):,.10g}{scale}"


def size(number: float) -> str:
    """Bytes in powers of ten: 17 GB."""
    text = short(number)
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def share(ratio: float) -> str:
    """A ratio in percent, to two digits below 100."""
    percent = ratio * _HUNDRED
    return f"{percent:.2g} %" if percent < _HUNDRED else f"{percent:,.0f} %"
