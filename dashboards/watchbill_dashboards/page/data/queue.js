// A bound on what is asked at once.

export class Queue {
  /** @param {number} limit tasks that run together */
  constructor(limit) {
    this.limit = limit;
    this.running = 0;
    /** @type {(() => void)[]} */
    this.waiting = [];
  }

  /**
   * Runs a task as soon as there is room; one aborted while it waits never starts.
   * @template T @param {() => Promise<T>} task @param {AbortSignal} [signal] @returns {Promise<T>}
   */
  async run(task, signal) {
    if (this.running < this.limit) this.running += 1;
    else await new Promise((resolve) => this.waiting.push(() => resolve(undefined)));
    try {
      signal?.throwIfAborted();
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
