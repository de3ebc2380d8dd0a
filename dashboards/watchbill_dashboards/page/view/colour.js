// Colours for canvas and document, in the theme that the reader's system asks for.
/** @import {FieldConfig} from "../data/model.js" */

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Grafana's colour names, first in the dark, then in the light theme. @type {Record<string, [dark: string, light: string]>} */
const NAMED = {
  green: ["#4cc38a", "#18794e"],
  yellow: ["#e9c15a", "#946800"],
  orange: ["#f09550", "#b8500a"],
  red: ["#f2706a", "#c62a2f"],
  blue: ["#62a8f0", "#1a66b8"],
  purple: ["#b494f2", "#6e4bc4"],
  text: ["#dde4ee", "#1c2733"],
  gray: ["#8b98ab", "#5f6b7a"],
};
/** Told apart also by those who see no red or green: neighbours differ in lightness. @type {[dark: string, light: string][]} */
const PALETTE = [
  ["#62a8f0", "#1a66b8"],
  ["#f0a860", "#c2620c"],
  ["#58cfa8", "#0f7f5f"],
  ["#e487b8", "#b03a7c"],
  ["#b9a4f5", "#6e4bc4"],
  ["#e3d47a", "#8a7000"],
  ["#5cc9da", "#0b7a8c"],
  ["#f08a80", "#c0403a"],
  ["#a9bf74", "#5c7a1f"],
  ["#9fb0c8", "#55657c"],
];

export function isDark() {
  return DARK.matches;
}

/** @param {() => void} listener */
export function onThemeChange(listener) {
  DARK.addEventListener("change", listener);
}

/** A colour of a dashboard as CSS; shades (`dark-red`) are their base colour. @param {string | null | undefined} name */
export function cssColor(name) {
  if (!name) return null;
  if (name.startsWith("#") || name.startsWith("rgb")) return CSS.supports("color", name) ? name : null;
  if (name === "transparent") return "transparent";
  const pair = NAMED[name.replace(/^(super-light|light|semi-dark|dark)-/, "")];
  return pair ? pair[isDark() ? 0 : 1] : null;
}

/** @param {number} index */
export function paletteColor(index) {
  const pair = PALETTE[index % PALETTE.length] ?? ["#888888", "#888888"];
  return pair[isDark() ? 0 : 1];
}

/** The colour of a series. @param {FieldConfig} config @param {number} index @param {string} name */
export function seriesColor(config, index, name) {
  const mode = config.color?.mode ?? "palette-classic";
  if (mode === "fixed" || mode === "shades") return cssColor(config.color?.fixedColor) ?? paletteColor(index);
  if (mode === "palette-classic-by-name") return paletteColor([...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7));
  return paletteColor(index);
}

/** @param {string} color `#rrggbb` @param {number} alpha 0 to 1 */
export function faded(color, alpha) {
  const match = /^#([0-9a-f]{6})$/i.exec(color);
  if (!match) return color;
  const number = Number.parseInt(match[1] ?? "0", 16);
  return `rgb(${number >> 16} ${(number >> 8) & 255} ${number & 255} / ${alpha})`;
}

/** A colour that the style sheet defines. @param {string} name */
export function tokenColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
