// A line without axes behind a value: its course over the range.
/** @import {Cell, FieldConfig} from "../data/model.js" */
import { shape } from "./element.js";

const WIDTH = 200;
const HEIGHT = 40;

/** @param {Cell[]} values @param {Cell[]} times @param {{from: number, to: number}} range @param {FieldConfig} config */
export function sparkline(values, times, range, config) {
  const numbers = values.filter((value) => typeof value === "number" && Number.isFinite(value));
  const least = config.min ?? Math.min(0, ...(/** @type {number[]} */ (numbers)));
  const most = Math.max(least + 1e-12, config.max ?? Math.max(.../** @type {number[]} */ (numbers)));
  const points = values.flatMap((value, index) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return [];
    const x = ((Number(times[index]) - range.from) / (range.to - range.from)) * WIDTH;
    return [`${x.toFixed(1)},${(HEIGHT - 2 - ((value - least) / (most - least)) * (HEIGHT - 4)).toFixed(1)}`];
  });
  const first = points[0]?.split(",")[0] ?? "0";
  const last = points.at(-1)?.split(",")[0] ?? "0";
  return shape(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    shape("polygon", { points: `${first},${HEIGHT} ${points.join(" ")} ${last},${HEIGHT}` }),
    shape("polyline", { points: points.join(" ") }),
  );
}
