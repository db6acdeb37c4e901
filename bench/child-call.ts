import { fork, type ChildProcess } from "node:child_process";

/** A process that answers messages one at a time: what is measured never shares a thread with what measures. */
export class ChildCall<Question, Answer> {
  readonly #child: ChildProcess;

  /** @param script the URL of a module that calls `answerCalls` */
  constructor(script: URL) {
    this.#child = fork(script, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  /** @throws Error with what the process said went wrong, or when it ended */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error("the helper process ended"));
      this.#child.once("exit", ended);
      this.#child.once(
        "message",
        (message: { answer?: Answer; error?: string }) => {
          this.#child.off("exit", ended);
          if (message.error === undefined) resolve(message.answer as Answer);
          else reject(new Error(message.error));
        },
      );
      this.#child.send(question as object);
    });
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }
}

/** The other side: call it once, at the top of the script. The process ends with its parent. */
export function answerCalls(
  answer: (question: never) => Promise<unknown>,
): void {
  process.on("disconnect", () => process.exit());
  process.on("message", (question) => {
    answer(question as never).then(
      (value) => process.send?.({ answer: value }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
}
