import { describe, expect, it } from "vitest";

import { Outbox } from "../../src/observe/outbox.js";

const seqs = (batches: { seq: number }[]) => batches.map(({ seq }) => seq);

describe("the outbox", () => {
  it("lets four batches go without an answer, and each answer lets another one go", () => {
    const outbox = new Outbox(1000);
    for (let index = 0; index < 6; index++) outbox.add(`[${index}]`);
    expect(seqs(outbox.takeSendable())).toEqual([1, 2, 3, 4]);
    expect(outbox.takeSendable()).toEqual([]);
    expect(outbox.hasCredit).toBe(false);
    outbox.ack(1);
    expect(seqs(outbox.takeSendable())).toEqual([5]);
    outbox.ack(5);
    expect(outbox.acked).toBe(5);
    expect(seqs(outbox.takeSendable())).toEqual([6]);
    expect(outbox.hasCredit).toBe(true);
    outbox.ack(6);
    expect(outbox.isWaiting).toBe(false);
  });

  it("sends again, in order, what had no answer", () => {
    const outbox = new Outbox(1000);
    for (let index = 0; index < 6; index++) outbox.add(`[${index}]`);
    outbox.takeSendable();
    outbox.ack(2);
    outbox.rewind();
    expect(seqs(outbox.takeSendable())).toEqual([3, 4, 5, 6]);
  });

  it("drops the oldest that are not on their way when too much waits, and counts them", () => {
    const outbox = new Outbox(100);
    const text = "x".repeat(20);
    for (let index = 0; index < 4; index++) outbox.add(text);
    outbox.takeSendable();
    for (let index = 0; index < 4; index++) outbox.add(text);
    expect(outbox.dropped).toBe(3);
    outbox.ack(4);
    expect(seqs(outbox.takeSendable())).toEqual([8]);
    outbox.ack(8);
    for (let index = 0; index < 5; index++) outbox.add(text);
    expect(outbox.dropped).toBe(3);
  });
});
