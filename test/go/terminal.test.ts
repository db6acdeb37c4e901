import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { Gotap } from "../support/gotap.js";
import { Terminal } from "../support/terminal.js";
import { because, GOTAP_MAIN, whyNot } from "../support/tools.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("gotap", "tmux", "curl");

describe.skipIf(reason)(
  `gotap run in a real terminal${because(reason)}`,
  () => {
    const undo: (() => unknown)[] = [];
    let gotap: Gotap;
    let terminal: Terminal;
    beforeEach(() => {
      gotap = new Gotap({ resolve: { "silent.test": "127.0.0.1" } });
      undo.push(async () => {
        await waitFor("the end of every run", () => openRuns() === 0);
        gotap.remove();
      });
      terminal = open();
    });
    afterEach(async () => {
      for (const step of undo.splice(0).toReversed()) await step();
    });

    function open(): Terminal {
      const made = new Terminal(
        gotap.env({
          PATH: process.env["PATH"],
          HOME: gotap.folder,
          GOTAP: `${process.execPath} ${GOTAP_MAIN}`,
        }),
      );
      undo.push(() => made.close());
      made.type(`PS1='ready$ '; unset HISTFILE; cd ${gotap.folder}; clear`);
      return made;
    }

    /** A run has its socket in the runtime folder until its store is closed. */
    function openRuns(): number {
      const sockets = join(gotap.home, "run");
      return existsSync(sockets) ? readdirSync(sockets).length : 0;
    }

    const at = (name: string): string => join(gotap.folder, name);
    const read = (name: string): string =>
      existsSync(at(name)) ? readFileSync(at(name), "utf8") : "";
    const isPrompt = (screen: string[]): boolean =>
      screen.findLast((row) => row !== "")?.endsWith("ready$") === true;

    /** A server that accepts and says nothing. @returns its port */
    async function silentServer(): Promise<number> {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket.on("error", () => {}));
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      undo.push(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      return (server.address() as AddressInfo).port;
    }

    /** Starts a child with one request that hangs, so that the row is there. */
    async function runWithOpenRequest(then: string): Promise<void> {
      writeFileSync(
        at("child.sh"),
        `curl -s http://silent.test:${await silentServer()}/ & request=$!\n${then}\nkill $request\n`,
      );
      terminal.type("$GOTAP run -- bash child.sh");
    }

    it("Ctrl-C reaches the child exactly once", async () => {
      writeFileSync(
        at("count.mjs"),
        `import { appendFileSync } from "node:fs";
process.on("SIGINT", () => {
  appendFileSync("signals", "INT ");
  setTimeout(() => process.exit(9), 400);
});
setInterval(() => {}, 1000);
appendFileSync("signals", "up ");`,
      );
      terminal.type(
        `$GOTAP run -q -- ${process.execPath} count.mjs; echo "code=$?"`,
      );
      await waitFor("the child", () => read("signals").includes("up"));
      terminal.press("C-c");
      await terminal.until("its exit code", (screen) =>
        screen.includes("^Ccode=9"),
      );
      expect(read("signals")).toBe("up INT ");
    });

    it("Ctrl-Z stops both, fg goes on", async () => {
      terminal.type("$GOTAP run -q -- sh -c 'echo $$ > pid; exec cat'");
      await waitFor("the child", () => read("pid") !== "");
      terminal.press("C-z");
      await terminal.until("the shell says so", (screen) =>
        screen.some((row) => row.includes("Stopped")),
      );
      expect(readFileSync(`/proc/${read("pid").trim()}/stat`, "utf8")).toMatch(
        / T /,
      );
      terminal.type("fg");
      terminal.type("still there");
      await terminal.until(
        "cat's answer",
        (screen) => screen.filter((row) => row === "still there").length === 2,
      );
      terminal.press("C-c");
      await terminal.until("the prompt", isPrompt);
    });

    it("the row stays at the bottom while the child writes, and leaves nothing behind", async () => {
      await runWithOpenRequest(
        "for i in $(seq 100); do echo line $i; sleep 0.02; done; touch half; read -r; echo end",
      );
      await waitFor("the child's lines", () => existsSync(at("half")));
      const during = await terminal.until("the row", (screen) =>
        (screen.at(-1) ?? "").includes("1 open"),
      );
      const lines = during.slice(0, -1).filter((row) => row.startsWith("line"));
      const last = lines.length;
      expect(last).toBeGreaterThan(15);
      expect(lines).toEqual(
        Array.from({ length: last }, (_, n) => `line ${101 - last + n}`),
      );
      terminal.press("Enter");
      await terminal.until("the prompt", isPrompt);
      expect(terminal.screen().join("\n")).not.toContain("1 open");
      expect(await rowsInUse()).toBe(terminal.screen().length);
    });

    it("the row follows a resize", async () => {
      await runWithOpenRequest("touch up; read -r");
      await waitFor("the child", () => existsSync(at("up")));
      const isRow = (row: string | undefined): boolean =>
        row?.includes("1 open") === true;
      await terminal.until("the row", (screen) => isRow(screen.at(-1)));
      for (const [columns, rows] of [
        [60, 14],
        [100, 30],
      ] as const) {
        terminal.resize(columns, rows);
        await terminal.until(
          `the row at ${columns}×${rows}`,
          (screen) =>
            screen.length === rows &&
            isRow(screen.at(-1)) &&
            screen.filter(isRow).length === 1,
        );
      }
      terminal.press("Enter");
      await terminal.until("the prompt", isPrompt);
      expect(await rowsInUse()).toBe(terminal.screen().length);
    });

    it("Ctrl-Z gives the shell the whole terminal, and fg brings the row back", async () => {
      await runWithOpenRequest("touch up; read -r");
      await terminal.until("the row", (screen) =>
        (screen.at(-1) ?? "").includes("1 open"),
      );
      terminal.press("C-z");
      await terminal.until("the prompt", isPrompt);
      expect(await rowsInUse()).toBe(terminal.screen().length);
      terminal.type("fg");
      await terminal.until("the row again", (screen) =>
        (screen.at(-1) ?? "").includes("1 open"),
      );
      terminal.press("Enter");
      await terminal.until("the prompt", isPrompt);
      expect(await rowsInUse()).toBe(terminal.screen().length);
    });

    it.each(["TERM", "INT"])(
      "gives the terminal back when it is ended by SIG%s",
      async (signal) => {
        await runWithOpenRequest("trap 'exit 7' TERM INT; sleep 60 & wait");
        await terminal.until("the row", (screen) =>
          (screen.at(-1) ?? "").includes("1 open"),
        );
        if (signal === "INT") terminal.press("C-c");
        else {
          const { pid } = JSON.parse(await gotap.read("status", "--json")) as {
            pid: number;
          };
          process.kill(pid, `SIG${signal}`);
        }
        await terminal.until("the prompt", isPrompt);
        expect(await rowsInUse()).toBe(terminal.screen().length);
      },
    );

    /** How many rows lines scroll through: all of them, once the scroll region is the whole screen again. */
    async function rowsInUse(): Promise<number> {
      terminal.type("clear; seq 1 200");
      const screen = await terminal.until(
        "the numbers",
        (rows) => isPrompt(rows) && rows.includes("200"),
      );
      return screen.filter((row) => /^\d+$/.test(row)).length + 1;
    }
  },
);
