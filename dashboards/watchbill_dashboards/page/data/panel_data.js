// What a panel shows: its queries asked, their frames transformed and configured.
/** @import {Exemplar, Frame, PanelData, PanelModel, QueryReport, Target} from "./model.js" */
/** @import {Cycle} from "./cycle.js" */
import { durationSeconds } from "./duration.js";
import { configured } from "./field.js";
import { seriesFrames, seriesOf, tableFrame } from "./frame.js";
import { alignedRange, intervalVariables, stepSeconds } from "./interval.js";
import { transformed } from "./transformation.js";
import { interpolated } from "./variable.js";

/** Raised with every query's report, so that the page can show what was asked. */
export class PanelError extends Error {
  /** @param {string} message @param {QueryReport[]} queries */
  constructor(message, queries) {
    super(message);
    this.queries = queries;
  }
}

/** @typedef {{frames: Frame[], exemplars: Exemplar[], report: QueryReport}} TargetAnswer */

/** @param {PanelModel} panel @param {number} width pixels @param {Cycle} cycle @returns {Promise<PanelData>} */
export async function panelData(panel, width, cycle) {
  const targets = (panel.targets ?? []).filter((target) => !target.hide && target.expr);
  const answers = await Promise.all(targets.map((target) => targetAnswer(target, panel, width, cycle)));
  const queries = answers.map((answer) => answer.report);
  const failed = queries.filter((report) => report.error);
  if (failed.length) throw new PanelError(failed.map((report) => (queries.length > 1 ? `${report.refId}: ${report.error}` : report.error)).join("\n"), queries);
  const rows = transformedRows(answers.flatMap((answer) => answer.frames), panel, queries);
  return {
    frames: configured(rows, panel.fieldConfig),
    exemplars: answers.flatMap((answer) => answer.exemplars),
    annotations: [],
    queries,
    range: cycle.range,
  };
}

/** @param {Frame[]} frames @param {PanelModel} panel @param {QueryReport[]} queries */
function transformedRows(frames, panel, queries) {
  try {
    return transformed(frames, panel.transformations);
  } catch (error) {
    throw new PanelError(error instanceof Error ? error.message : String(error), queries);
  }
}

/** @param {Target} target @param {PanelModel} panel @param {number} width @param {Cycle} cycle @returns {Promise<TargetAnswer>} */
async function targetAnswer(target, panel, width, cycle) {
  const { prometheus, range, scrape } = cycle;
  const ranged = !target.instant || Boolean(target.range);
  const least = durationSeconds(interpolated(target.interval || panel.interval || "", cycle.scope()));
  const step = stepSeconds({ range, width, scrape, least, points: panel.maxDataPoints ?? null });
  const expr = interpolated(target.expr ?? "", cycle.scope({ ...intervalVariables(range, step, scrape), ...panel.scopedVariables }));
  const aligned = alignedRange(range, step);
  const address = ranged ? prometheus.rangeAddress(expr, aligned, step) : prometheus.queryAddress(expr, range.to / 1000);
  /** @type {QueryReport} */
  const report = { refId: target.refId, expr, address, step: ranged ? step : null, series: 0, milliseconds: 0, error: "", warnings: [] };
  const started = performance.now();
  try {
    const [{ result, warnings }, exemplars] = await Promise.all([prometheus.result(address), targetExemplars(target, expr, aligned, prometheus)]);
    Object.assign(report, { series: seriesOf(result).length, warnings, milliseconds: performance.now() - started });
    const isTable = target.format === "table";
    const alone = (panel.targets ?? []).length === 1;
    const frames = isTable ? [tableFrame(target, result, alone)] : seriesFrames(target, result, ranged ? step : undefined);
    return { frames, exemplars, report };
  } catch (error) {
    prometheus.signal.throwIfAborted();
    report.error = error instanceof Error ? error.message : String(error);
    return { frames: [], exemplars: [], report };
  }
}

/** Exemplars are an extra: a Prometheus without their storage still draws the panel.
 * @param {Target} target @param {string} expr @param {{start: number, end: number}} range @param {import("./prometheus.js").Prometheus} prometheus
 * @returns {Promise<Exemplar[]>}
 */
async function targetExemplars(target, expr, range, prometheus) {
  if (!target.exemplar || target.instant) return [];
  try {
    return await prometheus.exemplars(expr, range);
  } catch {
    prometheus.signal.throwIfAborted();
    return [];
  }
}

/** Whether any frame holds a sample. @param {PanelData} data */
export function hasSamples({ frames }) {
  return frames.some((frame) => frame.fields.some((field) => field.type !== "time" && field.values.some((value) => value !== null && value !== "" && !Number.isNaN(value))));
}
