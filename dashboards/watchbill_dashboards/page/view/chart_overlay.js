// What is drawn over a chart's lines: thresholds, annotations, exemplars.
/** @import uPlot from "../assets/uPlot.esm.js" */
/** @import {AnnotationMark, Exemplar} from "../data/model.js" */
/** @import {Scene} from "./timeseries.js" */
import { thresholdSteps } from "../data/threshold.js";
import { formatValue } from "../data/unit.js";
import { cssColor, faded, tokenColor } from "./colour.js";

/** @param {uPlot} chart @param {(context: CanvasRenderingContext2D, ratio: number) => void} paint */
function painted(chart, paint) {
  const { ctx: context, bbox } = chart;
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  paint(context, devicePixelRatio || 1);
  context.restore();
}

/** Under the lines: areas of thresholds, spans of annotations. @param {uPlot} chart @param {Scene} scene */
export function drawRegions(chart, scene) {
  painted(chart, (context) => {
    const { top, height, left, width } = chart.bbox;
    if (thresholdMode(scene).includes("area")) {
      const steps = limits(scene);
      steps.forEach(({ value, color }, index) => {
        const upper = chart.valToPos(steps[index + 1]?.value ?? 1e300, "y", true);
        const from = Math.max(top, Number.isFinite(upper) ? upper : top);
        context.fillStyle = faded(cssColor(color) ?? "#888888", 0.09);
        context.fillRect(left, from, width, Math.min(top + height, chart.valToPos(value, "y", true)) - from);
      });
    }
    for (const note of scene.annotations) {
      if (note.to <= note.from) continue;
      const from = chart.valToPos(note.from / 1000, "x", true);
      context.fillStyle = faded(cssColor(note.color) ?? "#888888", 0.08);
      context.fillRect(from, top, chart.valToPos(note.to / 1000, "x", true) - from, height);
    }
  });
}

/** @param {uPlot} chart @param {Scene} scene */
export function drawOverlay(chart, scene) {
  painted(chart, (context, ratio) => {
    const isLine = /line|dashed/.test(thresholdMode(scene));
    /** @type {Label[]} */
    const labels = [];
    if (isLine) for (const limit of limits(scene)) drawLimit(chart, context, ratio, limit, { scene, labels });
    for (const note of scene.annotations) drawMoment(chart, context, ratio, note);
    for (const { x, y } of exemplarPlaces(chart, scene)) drawDiamond(context, ratio, x * ratio + chart.bbox.left, y * ratio + chart.bbox.top);
  });
}

/** @param {Scene} scene */
function thresholdMode(scene) {
  return scene.panel.fieldConfig?.defaults?.custom?.thresholdsStyle?.mode ?? "off";
}

/** The thresholds that can be drawn. @param {Scene} scene */
export function limits(scene) {
  return thresholdSteps(scene.panel.fieldConfig?.defaults?.thresholds).filter(({ value, color }) => Number.isFinite(value) && color !== "transparent");
}

/** Where a threshold's value stands, in canvas pixels. @typedef {{text: string, x: number, y: number, width: number}} Label */

/** A dashed line with its value; beyond the scale, the value with an arrow at the edge.
 * @param {uPlot} chart @param {CanvasRenderingContext2D} context @param {number} ratio @param {{value: number, color: string}} limit
 * @param {{scene: Scene, labels: Label[]}} place
 */
function drawLimit(chart, context, ratio, { value, color }, { scene, labels }) {
  const { left, top, width, height } = chart.bbox;
  const defaults = scene.panel.fieldConfig?.defaults ?? {};
  const y = chart.valToPos(value, "y", true);
  const isAbove = y < top;
  if (y > top + height + 1) return;
  const paint = cssColor(color) ?? tokenColor("muted");
  if (!isAbove) {
    context.strokeStyle = paint;
    context.lineWidth = ratio;
    context.setLineDash([6 * ratio, 4 * ratio]);
    context.beginPath();
    context.moveTo(left, Math.round(y) + 0.5);
    context.lineTo(left + width, Math.round(y) + 0.5);
    context.stroke();
    context.setLineDash([]);
  }
  context.font = `600 ${10.5 * ratio}px "Inter", system-ui, sans-serif`;
  const text = `${isAbove ? "↑ " : ""}${formatValue(value, defaults.unit, defaults.decimals)}`;
  const label = { text, x: left + width - 5 * ratio, y: isAbove ? top + 8 * ratio : Math.max(top + 8 * ratio, y - 8 * ratio), width: context.measureText(text).width };
  for (const other of labels) if (Math.abs(other.y - label.y) < 13 * ratio) label.x = Math.min(label.x, other.x - other.width - 8 * ratio);
  labels.push(label);
  drawLabel(context, ratio, label, paint);
}

/** With an edge of the panel's colour, so that lines under it do not cross it. @param {CanvasRenderingContext2D} context @param {number} ratio @param {Label} label @param {string} paint */
function drawLabel(context, ratio, { text, x, y }, paint) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineWidth = 3.5 * ratio;
  context.lineJoin = "round";
  context.strokeStyle = tokenColor("surface");
  context.strokeText(text, x, y);
  context.fillStyle = paint;
  context.fillText(text, x, y);
}

/** @param {uPlot} chart @param {CanvasRenderingContext2D} context @param {number} ratio @param {AnnotationMark} note */
function drawMoment(chart, context, ratio, note) {
  const { top, height } = chart.bbox;
  const paint = cssColor(note.color) ?? tokenColor("muted");
  const x = chart.valToPos(note.from / 1000, "x", true);
  context.strokeStyle = paint;
  context.lineWidth = ratio;
  context.setLineDash([2 * ratio, 3 * ratio]);
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, top);
  context.lineTo(Math.round(x) + 0.5, top + height);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = paint;
  context.beginPath();
  context.moveTo(x - 5 * ratio, top + height);
  context.lineTo(x + 5 * ratio, top + height);
  context.lineTo(x, top + height - 7 * ratio);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {number} ratio @param {number} x @param {number} y */
function drawDiamond(context, ratio, x, y) {
  const half = 4 * ratio;
  context.beginPath();
  context.moveTo(x, y - half);
  context.lineTo(x + half, y);
  context.lineTo(x, y + half);
  context.lineTo(x - half, y);
  context.closePath();
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = tokenColor("surface");
  context.stroke();
  context.fillStyle = tokenColor("exemplar");
  context.fill();
}

/** Where exemplars stand in the plot: the slowest of each stretch of 14 pixels; those beyond the scale at its edge.
 * @param {uPlot} chart @param {Scene} scene @returns {{x: number, y: number, exemplar: Exemplar}[]}
 */
export function exemplarPlaces(chart, scene) {
  /** @type {Map<number, {x: number, y: number, exemplar: Exemplar}>} */
  const places = new Map();
  const { clientHeight: height } = chart.over;
  for (const exemplar of scene.exemplars) {
    if (exemplar.time < scene.range.from || exemplar.time > scene.range.to) continue;
    const x = chart.valToPos(exemplar.time / 1000, "x");
    const y = Math.min(height - 4, Math.max(5, chart.valToPos(exemplar.value, "y")));
    const stretch = Math.floor(x / 14);
    const other = places.get(stretch);
    if (!other || other.exemplar.value < exemplar.value) places.set(stretch, { x, y, exemplar });
  }
  return [...places.values()];
}
