// Frames: query results as columns.
/** @import {Field, Frame, Labels, Target} from "./model.js" */

/** One series of Prometheus' answer. @typedef {{metric: Labels, value?: [number, string], values?: [number, string][]}} PrometheusSeries */
/** @typedef {{resultType: string, result: PrometheusSeries[] | [number, string]}} PrometheusResult */

/** @param {string} text */
export function sampleValue(text) {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return Number.parseFloat(text);
}

/** The series of an answer, a scalar as one without labels. @param {PrometheusResult} result @returns {PrometheusSeries[]} */
export function seriesOf(result) {
  if (result.resultType === "scalar" || result.resultType === "string") {
    return [{ metric: {}, value: /** @type {[number, string]} */ (result.result) }];
  }
  return /** @type {PrometheusSeries[]} */ (result.result);
}

/** @param {PrometheusSeries} series */
function samplesOf(series) {
  return series.values ?? (series.value ? [series.value] : []);
}

/** `name{a="b"}`. @param {Labels} labels */
export function seriesText(labels) {
  const { __name__: name = "", ...others } = labels;
  const pairs = Object.keys(others).sort().map((label) => `${label}=${JSON.stringify(others[label])}`);
  return pairs.length || !name ? `${name}{${pairs.join(", ")}}` : name;
}

/** The name of a series: `{{label}}` replaced; a text without braces as it stands. @param {string | undefined} format @param {Labels} labels */
export function legendName(format, labels) {
  if (!format || format === "__auto") return seriesText(labels);
  return format.replace(/\{\{\s*([^}]+?)\s*\}\}/g, (_, label) => (Object.hasOwn(labels, label) ? (labels[label] ?? "") : ""));
}

/** One frame per series. @param {Target} target @param {PrometheusResult} result @param {number} [step] @returns {Frame[]} */
export function seriesFrames(target, result, step) {
  return seriesOf(result).map((series) => {
    const samples = samplesOf(series);
    const name = legendName(target.legendFormat, series.metric);
    return {
      refId: target.refId,
      name,
      step,
      fields: [
        { name: "Time", type: "time", values: samples.map(([time]) => time * 1000), labels: {}, config: {} },
        { name, type: "number", values: samples.map(([, value]) => sampleValue(value)), labels: series.metric, config: {} },
      ],
    };
  });
}

/** One frame with a column per label. @param {Target} target @param {PrometheusResult} result @param {boolean} alone @returns {Frame} */
export function tableFrame(target, result, alone) {
  const rows = seriesOf(result).flatMap((series) => samplesOf(series).map(([time, value]) => ({ time, value, labels: series.metric })));
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].sort();
  /** @type {Field[]} */
  const columns = labels.map((label) => ({ name: label, type: "string", values: rows.map((row) => row.labels[label] ?? ""), labels: {}, config: {} }));
  return {
    refId: target.refId,
    name: target.refId,
    fields: [
      { name: "Time", type: "time", values: rows.map((row) => row.time * 1000), labels: {}, config: {} },
      ...columns,
      { name: alone ? "Value" : `Value #${target.refId}`, type: "number", values: rows.map((row) => sampleValue(row.value)), labels: {}, config: {} },
    ],
  };
}

/** @param {Frame} frame */
export function rowCount(frame) {
  return frame.fields.reduce((most, field) => Math.max(most, field.values.length), 0);
}
