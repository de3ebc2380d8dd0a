// One refresh: a moment, what is asked at it, and the values that texts take.
/** @import {TimeRange, VariableState} from "./model.js" */
/** @import {Scope} from "./variable.js" */
import { rangeVariables } from "./interval.js";
import { Prometheus } from "./prometheus.js";

export class Cycle {
  /**
   * @param {{range: TimeRange, scrape: number, variables: Map<string, VariableState>, prometheus: Prometheus, texts: Record<string, string>, utc: boolean}} facts
   */
  constructor({ range, scrape, variables, prometheus, texts, utc }) {
    this.range = range;
    this.scrape = scrape;
    this.variables = variables;
    this.prometheus = prometheus;
    this.utc = utc;
    this.texts = { ...texts, ...rangeVariables(range) };
  }

  /** @param {Record<string, string>} [more] @returns {Scope} */
  scope(more = {}) {
    return { variables: this.variables, texts: { ...this.texts, ...more } };
  }
}
