// The page's icons: strokes on a grid of 16.
import { shape } from "./element.js";

const PATHS = {
  bell: "M8 2a4 4 0 0 0-4 4v2.5L2.8 11h10.4L12 8.5V6a4 4 0 0 0-4-4ZM6.5 13.2a1.6 1.6 0 0 0 3 0",
  check: "M3.2 8.4 6.4 11.6 12.8 4.6",
  chevron: "M5.5 3.5 10 8l-4.5 4.5",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.6V8l2.4 1.6",
  close: "M4 4l8 8M12 4l-8 8",
  cross: "M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6",
  down: "M4 6.2 8 10.2l4-4",
  expand: "M9.5 2.5h4v4M13.2 2.8 9 7M6.5 13.5h-4v-4M2.8 13.2 7 9",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.4v3.4M8 5v.3",
  link: "M6.5 9.5l3-3M7.2 4.8l1.3-1.3a2.8 2.8 0 0 1 4 4l-1.3 1.3M8.8 11.2l-1.3 1.3a2.8 2.8 0 0 1-4-4l1.3-1.3",
  query: "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5",
  refresh: "M13 8a5 5 0 1 1-1.6-3.7M13 2.2v2.6h-2.6",
  warning: "M8 2.4 14.2 13H1.8L8 2.4ZM8 6.6v3M8 11.4v.2",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  return shape("svg", { viewBox: "0 0 16 16", class: `icon icon-${name}`, "aria-hidden": "true" }, shape("path", { d: PATHS[name] }));
}

/** The ship's wheel of the page's name. */
export function emblem() {
  const spokes = Array.from({ length: 8 }, (_, index) => shape("path", { d: "M12 2v7", transform: `rotate(${index * 45} 12 12)` }));
  return shape(
    "svg",
    { viewBox: "0 0 24 24", class: "emblem", "aria-hidden": "true" },
    shape("circle", { cx: 12, cy: 12, r: 7.2 }),
    shape("circle", { cx: 12, cy: 12, r: 2.4 }),
    ...spokes,
  );
}
