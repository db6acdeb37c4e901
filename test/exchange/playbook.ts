import {
  type ExchangeCommand,
  type ExchangeEvent,
  type ExchangeState,
  type ExchangeTerms,
  IDLE,
  step,
} from "../../src/exchange/exchange.js";

export const TERMS: ExchangeTerms = {
  limits: { firstByteMs: 30_000, bodyIdleMs: 20_000, totalMs: 0 },
  repeatable: true,
};

/** Plays a script: each event with its instant; gives back what was commanded, by name, and the last state. */
export function play(
  script: readonly (readonly [atMs: number, event: ExchangeEvent])[],
  terms: ExchangeTerms = TERMS,
): { said: string[]; commands: ExchangeCommand[]; state: ExchangeState } {
  let state: ExchangeState = IDLE;
  const commands: ExchangeCommand[] = [];
  for (const [atMs, event] of script) {
    const next = step(state, event, terms, atMs);
    state = next.state;
    commands.push(...next.commands);
  }
  return { said: commands.map(describe), commands, state };
}

function describe(command: ExchangeCommand): string {
  switch (command.type) {
    case "arm":
      return `arm ${command.timer} ${command.delayMs}`;
    case "disarm":
      return command.timer === undefined ? "disarm" : `disarm ${command.timer}`;
    case "abort-attempt":
    case "answer":
    case "reset-client":
      return `${command.type} ${command.failure.kind}`;
    case "finish":
      return command.failure === undefined
        ? "finish"
        : `finish ${command.failure.kind}`;
    default:
      return command.type;
  }
}
