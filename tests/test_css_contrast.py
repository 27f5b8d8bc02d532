"""The colours of tokens.css keep the contrast that the design promises, in the light and in the dark theme.

OKLCH is converted to linear sRGB by Björn Ottosson's published matrices, relative luminance and contrast ratio follow WCAG 2.2.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOKENS = ROOT / "static" / "css" / "tokens.css"
LINKED = ROOT / "templates" / "_styles.html"
COLOUR = r"oklch\(([\d.]+)%\s+([\d.]+)\s+([\d.]+)\)"
PAIR = re.compile(rf"--([\w-]+):\s*light-dark\({COLOUR},\s*{COLOUR}\)")
THEMES = ("light", "dark")
Linear = tuple[float, float, float]

BODY, SOFT, WORD, EDGE = 13.0, 6.5, 4.5, 3.0

# (foreground, background, the least contrast ratio)
PROMISES = [
    ("ink", "canvas", BODY),
    ("ink", "surface", BODY),
    ("ink", "accent-wash", 10.0),
    ("ink-soft", "canvas", SOFT),
    ("ink-soft", "surface", 6.0),
    ("ink-soft", "accent-wash", WORD),
    ("accent", "canvas", WORD),
    ("accent", "surface", WORD),
    ("accent", "accent-wash", WORD),
    ("accent-deep", "canvas", WORD),
    ("accent-deep", "accent-wash", WORD),
    ("on-accent", "accent", WORD),
    ("on-accent", "accent-deep", WORD),
    ("good", "good-wash", WORD),
    ("good", "canvas", WORD),
    ("good", "surface", WORD),
    ("bad", "bad-wash", WORD),
    ("bad", "canvas", WORD),
    ("bad", "surface", WORD),
    ("flag", "flag-wash", WORD),
    ("flag", "canvas", WORD),
    ("ink", "good-wash", 10.0),
    ("ink", "bad-wash", 10.0),
    ("ink", "flag-wash", 10.0),
    ("focus", "canvas", 5.0),
    ("focus", "surface", 5.0),
    ("focus", "accent-wash", EDGE),
    ("edge", "canvas", EDGE),
    ("edge", "surface", EDGE),
]


def linear_srgb(lightness: float, chroma: float, hue: float) -> Linear:
    """OKLCH (lightness 0-1, chroma, hue in degrees) to linear sRGB, clipped to the gamut."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return (min(max(red, 0.0), 1.0), min(max(green, 0.0), 1.0), min(max(blue, 0.0), 1.0))


def luminance(colour: Linear) -> float:
    """Relative luminance (0-1) of a linear sRGB colour."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: Linear, other: Linear) -> float:
    """WCAG contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def tokens() -> dict[str, dict[str, Linear]]:
    """Token name -> theme -> linear sRGB."""
    found = {}
    for name, *numbers in PAIR.findall(TOKENS.read_text(encoding="utf-8")):
        light, dark = [float(number) for number in numbers[:3]], [float(number) for number in numbers[3:]]
        found[name] = {
            theme: linear_srgb(colour[0] / 100, colour[1], colour[2])
            for theme, colour in zip(THEMES, (light, dark), strict=True)
        }
    return found


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast(linear_srgb(0, 0, 0), linear_srgb(1, 0, 0)) == pytest.approx(21.0, abs=0.01)


def test_a_known_colour_converts_to_its_published_srgb() -> None:
    # oklch(62.8% .2577 29.23) is sRGB red.
    assert linear_srgb(0.62796, 0.25768, 29.234) == pytest.approx((1.0, 0.0, 0.0), abs=0.002)


def test_every_colour_token_is_a_pair_for_both_themes() -> None:
    declared = re.findall(r"--([\w-]+):[^;]*oklch", TOKENS.read_text(encoding="utf-8"))
    assert sorted(declared) == sorted(tokens())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("foreground", "background", "least"), PROMISES, ids=lambda value: str(value))
def test_text_marks_and_edges_stand_out_enough(theme: str, foreground: str, background: str, least: float) -> None:
    known = tokens()
    ratio = contrast(known[foreground][theme], known[background][theme])
    assert ratio >= least, f"{foreground} on {background} ({theme}): {ratio:.2f}, promised {least}"


def test_other_layers_name_colours_only_by_token() -> None:
    loose = {}
    names = re.findall(r"'css/([\w-]+\.css)'", LINKED.read_text(encoding="utf-8"))
    assert TOKENS.name in names
    for sheet in (TOKENS.parent / name for name in names if name != TOKENS.name):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        # Shadows and the veil behind a dialog are black with an alpha, in both themes.
        found = [
            colour
            for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b|(?:rgb|hsl|oklch)\([^)]*\)", text)
            if "/" not in colour
        ]
        if found:
            loose[sheet.name] = found
    assert loose == {}
