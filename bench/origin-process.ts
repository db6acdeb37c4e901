import { startDelayRelay } from "../test/support/delay-relay.js";
import {
  makeModuleTree,
  type ModuleTree,
} from "../test/support/module-tree.js";
import type { Answer } from "../test/support/origin-answer.js";
import { startOrigin } from "../test/support/origin.js";
import { answerCalls } from "./child-call.js";

export interface OriginQuestion {
  cert: string;
  key: string;
  /** Modules and bytes of the tree; without it only `/small` and `/body/BYTES` are served. */
  tree?: { modules: number; totalBytes: number };
  /** One way, in milliseconds; 0 for none. */
  delayMs: number;
}

export interface OriginAnswer {
  /** Where to connect: the delayed line where there is a delay. */
  port: number;
  goMod: string;
  goSum: string;
}

const SMALL: Answer = {
  body: JSON.stringify({ Version: "v1.0.0", Time: "2024-01-02T03:04:05Z" }),
  headers: { "content-type": "application/json" },
};
const CHUNK = Buffer.alloc(256 * 1024, "gotap");

async function* bodyOf(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= CHUNK.length)
    yield left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
}

answerCalls(async (question: OriginQuestion): Promise<OriginAnswer> => {
  const tree: ModuleTree | undefined =
    question.tree === undefined
      ? undefined
      : makeModuleTree({ ...question.tree, incompressible: 0.9 });
  const origin = await startOrigin({
    certificate: { cert: question.cert, key: question.key },
    handler({ path }) {
      if (path.startsWith("/small")) return SMALL;
      if (!path.startsWith("/body/"))
        return tree?.answer(path) ?? { status: 404 };
      const bytes = Number(path.slice("/body/".length));
      return {
        body: bodyOf(bytes),
        headers: { "content-length": String(bytes) },
      };
    },
  });
  const port =
    question.delayMs === 0
      ? origin.port
      : (await startDelayRelay(origin, question.delayMs)).port;
  return { port, goMod: tree?.goMod ?? "", goSum: tree?.goSum ?? "" };
});
