// Prometheus' HTTP API, as the page's server passes it on.
/** @import {Alert, Exemplar, Labels} from "./model.js" */
/** @import {PrometheusResult} from "./frame.js" */
/** @import {Queue} from "./queue.js" */

/** @typedef {{data: unknown, warnings: string[]}} Answer */

export class QueryError extends Error {}

/** Questions of one refresh: each asked once, all given up together. */
export class Prometheus {
  /** @param {Queue} queue @param {AbortSignal} signal @param {string} [base] */
  constructor(queue, signal, base = "/prometheus/api/v1") {
    this.queue = queue;
    this.signal = signal;
    this.base = base;
    /** @type {Map<string, Promise<Answer>>} */
    this.asked = new Map();
  }

  /** @param {string} expr @param {number} time seconds */
  queryAddress(expr, time) {
    return this.address("query", { query: expr, time: time.toFixed(3) });
  }

  /** @param {string} expr @param {{start: number, end: number}} range seconds @param {number} step seconds */
  rangeAddress(expr, { start, end }, step) {
    return this.address("query_range", { query: expr, start: start.toFixed(3), end: end.toFixed(3), step: String(step) });
  }

  /** @param {string} path @param {Record<string, string>} parameters */
  address(path, parameters) {
    return `${this.base}/${path}?${new URLSearchParams(parameters)}`;
  }

  /** @param {string} address @returns {Promise<{result: PrometheusResult, warnings: string[]}>} */
  async result(address) {
    const { data, warnings } = await this.ask(address);
    return { result: /** @type {PrometheusResult} */ (data), warnings };
  }

  /** Series that match; seconds. @param {string} match @param {{start: number, end: number}} range @returns {Promise<Labels[]>} */
  async series(match, range) {
    const { data } = await this.ask(this.address("series", { "match[]": match, start: range.start.toFixed(3), end: range.end.toFixed(3) }));
    return /** @type {Labels[]} */ (data);
  }

  /** @param {string} label @param {string | null} match @param {{start: number, end: number}} range seconds @returns {Promise<string[]>} */
  async labelValues(label, match, range) {
    /** @type {Record<string, string>} */
    const matching = match ? { "match[]": match } : {};
    const path = label === "" ? "labels" : `label/${encodeURIComponent(label)}/values`;
    const { data } = await this.ask(this.address(path, { ...matching, start: range.start.toFixed(3), end: range.end.toFixed(3) }));
    return /** @type {string[]} */ (data);
  }

  /** @param {string} expr @param {{start: number, end: number}} range seconds @returns {Promise<Exemplar[]>} */
  async exemplars(expr, { start, end }) {
    const { data } = await this.ask(this.address("query_exemplars", { query: expr, start: start.toFixed(3), end: end.toFixed(3) }));
    const groups = /** @type {{seriesLabels: Labels, exemplars: {labels: Labels, value: string, timestamp: number}[]}[]} */ (data ?? []);
    return groups.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value, timestamp }) => ({ time: timestamp * 1000, value: Number(value), labels, seriesLabels })),
    );
  }

  /** @returns {Promise<Alert[]>} */
  async alerts() {
    const { data } = await this.ask(`${this.base}/alerts`);
    return /** @type {{alerts?: Alert[]}} */ (data).alerts ?? [];
  }

  /** @param {string} address @returns {Promise<Answer>} */
  ask(address) {
    let answer = this.asked.get(address);
    if (!answer) {
      answer = this.queue.run(() => fetched(address, this.signal), this.signal);
      this.asked.set(address, answer);
    }
    return answer;
  }
}

/** @param {string} address @param {AbortSignal} signal @returns {Promise<Answer>} */
async function fetched(address, signal) {
  const response = await answered(address, signal);
  const text = await response.text();
  /** @type {{status?: string, data?: unknown, error?: string, errorType?: string, warnings?: string[]}} */
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    throw new QueryError(`Prometheus answered ${response.status} without JSON: ${text.slice(0, 200) || "empty body"}`);
  }
  if (body.status !== "success") {
    throw new QueryError(body.error ? `${body.errorType ? `${body.errorType}: ` : ""}${body.error}` : `Prometheus answered ${response.status}`);
  }
  return { data: body.data, warnings: body.warnings ?? [] };
}

/** @param {string} address @param {AbortSignal} signal */
async function answered(address, signal) {
  try {
    return await fetch(address, { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new QueryError("The page's server does not answer; it may have been stopped.");
  }
}

/** JSON of the page's own server. @param {string} address @param {AbortSignal} [signal] @returns {Promise<unknown>} */
export async function ownJson(address, signal) {
  const response = await answered(address, signal ?? new AbortController().signal);
  if (!response.ok) throw new QueryError(`${address} answered ${response.status}`);
  return response.json();
}
