// Annotations: deploys and firing alerts as marks on time.
/** @import {AnnotationMark, AnnotationModel, Labels} from "./model.js" */
/** @import {Cycle} from "./cycle.js" */
/** @import {PrometheusSeries} from "./frame.js" */
import { durationSeconds } from "./duration.js";
import { legendName, sampleValue, seriesOf } from "./frame.js";
import { alignedRange, intervalVariables, stepSeconds } from "./interval.js";
import { interpolated } from "./variable.js";

/** Marks of every enabled annotation; one whose query fails is left out and its error handed back.
 * @param {AnnotationModel[]} models @param {Cycle} cycle @returns {Promise<{marks: AnnotationMark[], errors: string[]}>}
 */
export async function annotationMarks(models, cycle) {
  /** @type {string[]} */
  const errors = [];
  const asked = models.filter((model) => model.enable !== false && model.builtIn !== 1 && expression(model));
  const marks = await Promise.all(
    asked.map(async (model) => {
      try {
        return await marksOf(model, cycle);
      } catch (error) {
        cycle.prometheus.signal.throwIfAborted();
        errors.push(`Annotation "${model.name}": ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    }),
  );
  return { marks: marks.flat().sort((one, other) => one.from - other.from), errors };
}

/** @param {AnnotationModel} model */
function expression(model) {
  return model.target?.expr ?? model.expr ?? "";
}

/** @param {AnnotationModel} model @param {Cycle} cycle */
async function marksOf(model, cycle) {
  const { range, scrape, prometheus } = cycle;
  const least = durationSeconds(model.target?.step ?? model.target?.interval ?? model.step ?? "");
  const step = stepSeconds({ range, width: 1000, scrape, least, points: null });
  const expr = interpolated(expression(model), cycle.scope(intervalVariables(range, step, scrape)));
  const { result } = await prometheus.result(prometheus.rangeAddress(expr, alignedRange(range, step), step));
  const isTime = model.useValueForTime === true || model.useValueForTime === "on";
  return seriesOf(result).flatMap((series) =>
    (isTime ? momentsOf(series) : regionsOf(series, step))
      .filter(({ from, to }) => to >= range.from && from <= range.to)
      .map((span) => ({ ...span, ...wordsOf(model, series.metric), color: model.iconColor ?? "blue" })),
  );
}

/** One mark per distinct value, which is a time in milliseconds. @param {PrometheusSeries} series */
export function momentsOf(series) {
  const times = new Set((series.values ?? []).map(([, value]) => Math.round(sampleValue(value))).filter((time) => Number.isFinite(time) && time > 0));
  return [...times].map((time) => ({ from: time, to: time }));
}

/** Unbroken runs of samples of at least 1. @param {PrometheusSeries} series @param {number} step seconds */
export function regionsOf(series, step) {
  /** @type {{from: number, to: number}[]} */
  const regions = [];
  for (const [time, value] of series.values ?? []) {
    if (!(sampleValue(value) >= 1)) continue;
    const last = regions.at(-1);
    if (last && time * 1000 - last.to <= step * 1500) last.to = time * 1000;
    else regions.push({ from: time * 1000, to: time * 1000 });
  }
  return regions;
}

/** @param {AnnotationModel} model @param {Labels} labels */
function wordsOf(model, labels) {
  const keys = (model.tagKeys ?? "").split(",").map((key) => key.trim()).filter(Boolean);
  return {
    title: model.titleFormat ? legendName(model.titleFormat, labels) : model.name,
    text: model.textFormat ? legendName(model.textFormat, labels) : "",
    tags: keys.map((key) => labels[key] ?? "").filter(Boolean),
  };
}
