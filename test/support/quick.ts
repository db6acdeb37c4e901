import type { GotapConfig } from "./gotap.js";

/**
 * Limits that a person would find too short, so that a test of what happens after them is over soon. Health checks stay away:
 * they would stand among the requests that tests count.
 */
export const QUICK: GotapConfig = {
  timeouts: {
    connect: "1s",
    proxy: "1s",
    tls: "1s",
    first_byte: "1s",
    body_idle: "1s",
    patience: "3s",
  },
  retry: { attempts: 3, backoff: "100ms", max_backoff: "300ms" },
  health: { interval: "1h" },
};
