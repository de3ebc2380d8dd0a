// How uPlot draws a scene: scales, axes, series.
/** @import uPlot from "../assets/uPlot.esm.js" */
/** @import {Line, Scene, Zone} from "./timeseries.js" */
/** @import {Tooltip} from "./tooltip.js" */
import Plot from "../assets/uPlot.esm.js";
import { axisTimes } from "../data/time_range.js";
import { axisLabels, isBinary } from "../data/unit.js";
import { drawOverlay, drawRegions, limits } from "./chart_overlay.js";
import { faded, tokenColor } from "./colour.js";

const FONT = '11px "Inter", system-ui, sans-serif';
const POWERS_OF_TWO = Array.from({ length: 51 }, (_, power) => 2 ** power);

/** @param {Scene} scene @param {{width: number, height: number}} size @param {Tooltip} tooltip @param {Zone} zone @returns {uPlot.Options} */
export function chartOptions(scene, size, tooltip, zone) {
  const sides = /** @type {const} */ (["y", "y2"]).filter((key) => key === "y" || scene.lines.some((line) => scaleKey(line) === key));
  return {
    ...size,
    padding: [10, 12, 0, 4],
    legend: { show: false },
    scales: { x: { time: true, range: () => [scene.range.from / 1000, scene.range.to / 1000] }, ...Object.fromEntries(sides.map((key) => [key, scale(scene, key)])) },
    axes: [timeAxis(scene), ...sides.map((key) => valueAxis(scene, key))],
    series: [{}, ...scene.lines.map(series)],
    bands: bands(scene.lines),
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, width: 1.5 },
      ...(zone.crosshair > 0 ? { sync: { key: "dashboard", setSeries: false } } : {}),
    },
    hooks: {
      drawClear: [(chart) => drawRegions(chart, scene)],
      draw: [(chart) => drawOverlay(chart, scene)],
      setCursor: [() => tooltip.follow()],
      setSelect: [(chart) => selected(chart, zone)],
    },
    ...(zone.utc ? { tzDate: (time) => Plot.tzDate(new Date(time * 1000), "Etc/UTC") } : {}),
  };
}

/** @param {uPlot} chart @param {Zone} zone */
function selected(chart, zone) {
  const { left, width } = chart.select;
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (width > 6) zone.zoom(chart.posToVal(left, "x") * 1000, chart.posToVal(left + width, "x") * 1000);
}

/** @param {Line} line @returns {"y" | "y2"} */
export function scaleKey({ field }) {
  return field.config.custom?.axisPlacement === "right" ? "y2" : "y";
}

/** @param {Scene} scene @param {"y" | "y2"} key */
function settings(scene, key) {
  return scene.lines.find((line) => scaleKey(line) === key)?.field.config ?? scene.panel.fieldConfig?.defaults ?? {};
}

/** @param {Scene} scene @param {"y" | "y2"} key @returns {uPlot.Scale} */
function scale(scene, key) {
  const config = settings(scene, key);
  const custom = config.custom ?? {};
  if (custom.scaleDistribution?.type === "log") return { distr: 3, log: custom.scaleDistribution.log === 2 ? 2 : 10 };
  return {
    range: (_, dataMin, dataMax) => {
      let [low, high] = dataMin === null || dataMax === null ? [0, 1] : [dataMin, dataMax];
      const isBased = low >= 0 && ((custom.fillOpacity ?? 0) > 0 || low < 0.7 * high || low === high);
      low = Math.min(isBased ? 0 : low, custom.axisSoftMin ?? Infinity);
      high = Math.max(high, custom.axisSoftMax ?? -Infinity);
      // A flat zero says nothing of the scale; a threshold does.
      if (high === low) high = low + (low === 0 ? Math.max(0, ...limits(scene).map((limit) => limit.value)) || 1 : Math.abs(low) * 0.1);
      const room = (high - low) * 0.08;
      const isShare = config.unit === "percentunit" && high <= 1;
      high = isShare ? Math.min(1, high + room) : high + room;
      low = low === 0 ? 0 : low - room;
      return [config.min ?? low, config.max ?? high];
    },
  };
}

/** @param {Scene} scene @returns {uPlot.Axis} */
function timeAxis(scene) {
  return {
    stroke: tokenColor("muted"),
    font: FONT,
    size: 28,
    gap: 7,
    space: 72,
    grid: { stroke: tokenColor("grid"), width: 1 },
    ticks: { show: false },
    values: (_, ticks, __, ___, increment) => axisTimes(ticks, increment, scene.utc),
  };
}

/** @param {Scene} scene @param {"y" | "y2"} key @returns {uPlot.Axis} */
function valueAxis(scene, key) {
  const config = settings(scene, key);
  const isPercent = config.custom?.stacking?.mode === "percent";
  const unit = isPercent ? "percentunit" : (config.unit ?? "short");
  return {
    scale: key,
    side: key === "y" ? 3 : 1,
    show: config.custom?.axisPlacement !== "hidden",
    stroke: tokenColor("muted"),
    font: FONT,
    gap: 6,
    space: 30,
    ...(config.custom?.axisLabel ? { label: config.custom.axisLabel, labelFont: FONT, labelSize: 18 } : {}),
    grid: { stroke: tokenColor("grid"), width: 1, show: key === "y" },
    ticks: { show: false },
    ...(isBinary(unit) ? { incrs: POWERS_OF_TWO } : {}),
    values: (_, ticks) => axisLabels(ticks, unit),
    size: (chart, labels) => labelSize(chart, labels),
  };
}

/** @param {uPlot} chart @param {string[] | null} labels */
function labelSize(chart, labels) {
  chart.ctx.save();
  chart.ctx.font = FONT;
  const widest = Math.max(18, ...(labels ?? []).map((label) => chart.ctx.measureText(label ?? "").width));
  chart.ctx.restore();
  return Math.ceil(widest) + 14;
}

/** @param {Line} line @returns {uPlot.Series} */
function series(line) {
  const custom = line.field.config.custom ?? {};
  const drawn = custom.drawStyle ?? "line";
  const opacity = (custom.fillOpacity ?? 0) / 100;
  const dash = custom.lineStyle?.dash ?? (custom.lineStyle?.fill === "dash" ? [7, 5] : custom.lineStyle?.fill === "dot" ? [1.5, 4] : undefined);
  return {
    label: line.name,
    show: line.shown,
    scale: scaleKey(line),
    stroke: line.color,
    width: drawn === "points" ? 0 : (custom.lineWidth ?? 1.5),
    spanGaps: custom.spanNulls === true,
    ...(dash ? { dash } : {}),
    ...(opacity > 0 ? { fill: (chart) => fill(chart, line.color, opacity, custom.gradientMode ?? "none") } : {}),
    ...paths(drawn, custom.lineInterpolation ?? "linear"),
    points: points(line, drawn),
  };
}

/** Points are drawn where asked for, and where a sample stands alone between gaps. @param {Line} line @param {string} drawn @returns {uPlot.Series.Points} */
function points({ field, color, raw }, drawn) {
  const { showPoints, pointSize } = field.config.custom ?? {};
  const isAlways = drawn === "points" || showPoints === "always";
  const alone = raw.flatMap((value, index) => (typeof value === "number" && typeof raw[index - 1] !== "number" && typeof raw[index + 1] !== "number" ? [index] : []));
  return { show: isAlways || alone.length > 0, size: pointSize ?? 5, fill: color, ...(isAlways ? {} : { filter: () => alone }) };
}

/** @param {string} drawn @param {string} interpolation */
function paths(drawn, interpolation) {
  const { bars, spline, stepped } = Plot.paths;
  if (drawn === "bars" && bars) return { paths: bars({ size: [0.7, 60] }) };
  if (interpolation === "smooth" && spline) return { paths: spline() };
  if (interpolation.startsWith("step") && stepped) return { paths: stepped({ align: interpolation === "stepBefore" ? -1 : 1 }) };
  return {};
}

/** @param {uPlot} chart @param {string} color @param {number} opacity @param {string} gradient */
function fill(chart, color, opacity, gradient) {
  const { top, height } = chart.bbox;
  if (gradient !== "opacity" || !Number.isFinite(top) || height <= 0) return faded(color, opacity);
  const shade = chart.ctx.createLinearGradient(0, top, 0, top + height);
  shade.addColorStop(0, faded(color, opacity));
  shade.addColorStop(1, faded(color, 0));
  return shade;
}

/** Between neighbours of a stack. @param {Line[]} lines @returns {uPlot.Band[]} */
function bands(lines) {
  /** @type {Map<string, number>} */
  const last = new Map();
  /** @type {uPlot.Band[]} */
  const result = [];
  lines.forEach(({ group }, index) => {
    if (group === null) return;
    const below = last.get(group);
    if (below !== undefined) result.push({ series: [index + 1, below] });
    last.set(group, index + 1);
  });
  return result;
}
